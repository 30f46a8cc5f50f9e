"""COCO's json form, and ground truth and results in it that are to be evaluated."""

from collections import Counter
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import PurePosixPath
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, RootModel

from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.annotations.importers.yowo_folder import frame_of_name
from stal_plugin.annotations.json_models import (
    Integer,
    JsonModel,
    Number,
    Text,
    read_model,
    wrong_value,
)
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.structures.box_table import BoxTable, indices_of

_FIX = (
    "Ground truth is {'images': [{'id', 'file_name', 'width', 'height'}], "
    "'categories': [{'id', 'name'}], 'annotations': [{'image_id', 'category_id', "
    "'bbox': [x, y, width, height]}]}, results are [{'image_id', 'category_id', "
    "'bbox', 'score'}], in pixels."
)


class CocoVideo(JsonModel):
    """One of the ``videos``."""

    id: Text
    file_name: Text | None = None
    name: Text | None = None


class CocoImage(JsonModel):
    """One of the ``images``."""

    id: Text
    file_name: Text = ""
    video_id: Text | None = None
    frame_id: Number | None = None
    frame_index: Number | None = None
    width: Integer = 0
    height: Integer = 0

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None where unknown."""
        known = self.width > 0 and self.height > 0
        return (self.width, self.height) if known else None


class CocoCategory(JsonModel):
    """One of the ``categories``."""

    id: Text
    name: Text = ""


class CocoBox(JsonModel):
    """A box: x, y, width and height in pixels."""

    image_id: Text
    category_id: Text
    bbox: Annotated[list[Number], Field(min_length=4, max_length=4)]


class CocoAnnotation(CocoBox):
    """One of the ``annotations``."""

    iscrowd: Text = "0"
    track_id: Text | None = None
    instance_id: Text | None = None
    attributes: dict[str, Any] | None = None

    @property
    def is_crowd(self) -> bool:
        """Whether the box holds a crowd, not one person."""
        return self.iscrowd not in ("0", "false")


class CocoResult(CocoBox):
    """One of the results."""

    score: Number


class CocoHeader(JsonModel):
    """What boxes refer to."""

    images: list[CocoImage]
    categories: list[CocoCategory]
    videos: list[CocoVideo] | None = None


class CocoTruth(CocoHeader):
    """A whole file of annotations."""

    annotations: list[CocoAnnotation]


class CocoResults(RootModel[list[CocoResult]]):
    """A whole file of results."""


def read_coco_truth(path: str | PathLike) -> BoxFile:
    """Read ground truth, to be evaluated.

    Video and frame of an image come from its ``video_id`` and ``frame_id``, else from
    its ``file_name`` (``VIDEO/FRAME.jpg`` or ``VIDEO_FRAME.jpg``); another image is a
    video of its own. Categories are numbered by ascending id. ``track_id`` becomes the
    person.

    Args:
        path: The json.

    Returns:
        The boxes in pixels, with sizes and class names.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file breaks the form, or has crowd regions.
    """
    data = read_model(path, CocoTruth)
    crowds = sum(item.is_crowd for item in data.annotations)
    if crowds:
        problem = f"{crowds} annotations have iscrowd=1"
        fix = "Crowd regions cannot be evaluated: take them out."
        raise_problems(path, [problem], fix)
    check_coco_ids(path, data, data.annotations, "annotations")
    tracks = [item.track_id or "-1" for item in data.annotations]
    problems = [
        wrong_value(["annotations", i, "track_id"], track, "an integer")
        for i, track in enumerate(tracks)
        if not track.removeprefix("-").isdecimal() or len(track) > 15
    ]
    raise_problems(path, problems, _FIX)
    persons = np.array([int(track) for track in tracks], np.int64)
    return _box_file(path, data, data.annotations, {"person_ids": persons})


def read_coco_results(path: str | PathLike, truth_path: str | PathLike) -> BoxFile:
    """Read results; the ids are those of the ground truth.

    Args:
        path: The json of the results.
        truth_path: The json of the ground truth.

    Returns:
        The boxes in pixels, with sizes and class names.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file breaks the form, or a result names an unknown image or
            category.
    """
    data = read_model(truth_path, CocoHeader)
    results = read_model(path, CocoResults).root
    check_coco_ids(path, data, results)
    scores = np.array([result.score for result in results], np.float64)
    return _box_file(truth_path, data, results, {"scores": scores})


def check_coco_ids(
    path: str | PathLike, data: CocoHeader, items: Sequence[CocoBox], *place: str
) -> None:
    """Require that each box is of a known image and category, and has a size.

    Args:
        path: The file, for the error.
        data: Images and categories.
        items: The boxes.
        *place: Keys that lead to them.

    Raises:
        ValueError: Names the first faulty boxes.
    """
    images = {image.id for image in data.images}
    categories = {category.id for category in data.categories}
    problems = _ids_twice(data)
    for i, item in enumerate(items):
        where = [*place, i]
        if item.image_id not in images:
            allowed = "the id of one of the images"
            problems.append(wrong_value([*where, "image_id"], item.image_id, allowed))
        if item.category_id not in categories:
            allowed = f"one of the categories {sorted(categories)}"
            text = wrong_value([*where, "category_id"], item.category_id, allowed)
            problems.append(text)
        if item.bbox and min(item.bbox[2:]) < 0:
            allowed = "x, y, width, height"
            problems.append(wrong_value([*where, "bbox"], item.bbox, allowed))
    raise_problems(path, problems, _FIX)


def _ids_twice(data: CocoHeader) -> list[str]:
    """Images, categories and videos whose id another one has."""
    groups = {
        "images": [image.id for image in data.images],
        "categories": [category.id for category in data.categories],
        "videos": [video.id for video in data.videos or ()],
    }
    return [
        f"{group}: id {own!r} is there {n} times"
        for group, ids in groups.items()
        for own, n in Counter(ids).items()
        if n > 1
    ]


def frame_number(image: CocoImage) -> float | None:
    """Number of the frame that an image says it is, as the tool counts."""
    return image.frame_index if image.frame_id is None else image.frame_id


def _evaluated_frame(image: CocoImage) -> tuple[str, int]:
    if image.video_id is not None and image.frame_id is not None:
        return image.video_id, int(image.frame_id)
    stem = PurePosixPath(image.file_name or image.id).with_suffix("").as_posix()
    return frame_of_name(stem) or (stem, 1)


def _evaluated_frames(
    path: str | PathLike, images: Sequence[CocoImage]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Video and frame of each image; no two images have the same."""
    places = Counter(map(_evaluated_frame, images))
    repeated = [place for place, count in places.items() if count > 1]
    if repeated:
        raise_problems(path, [f"two images are video and frame {repeated[0]}"], _FIX)
    videos = np.array([video for video, _ in places], dtype=object)
    return videos, np.array([frame for _, frame in places], dtype=np.int64)


def _by_number(category: CocoCategory) -> tuple[bool, int, str]:
    is_number = category.id.isdecimal()
    return not is_number, int(category.id) if is_number else 0, category.id


def _box_file(
    path: str | PathLike,
    data: CocoHeader,
    items: Sequence[CocoBox],
    columns: Mapping[str, Any],
) -> BoxFile:
    videos, frames = _evaluated_frames(path, data.images)
    categories = sorted(data.categories, key=_by_number)
    image_ids = np.array([item.image_id for item in items], dtype=object)
    category_ids = np.array([item.category_id for item in items], dtype=object)
    owner = indices_of(image_ids, [image.id for image in data.images])
    boxes = np.array([item.bbox for item in items], np.float64).reshape(-1, 4)
    rows = BoxTable(
        frames=frames[owner],
        boxes=np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1),
        labels=indices_of(category_ids, [category.id for category in categories]),
        video_ids=videos[owner],
        **columns,
    )
    sizes = zip(videos.tolist(), [image.size for image in data.images], strict=True)
    return BoxFile(
        rows,
        in_pixels=True,
        listed_videos=videos,
        listed_frames=frames,
        sizes={video: size for video, size in sizes if size},
        classes=tuple(category.name or category.id for category in categories),
    )
