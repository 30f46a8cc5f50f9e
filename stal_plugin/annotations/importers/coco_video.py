"""Import boxes of videos in COCO's json form (COCO-VID, CVAT's and Roboflow's COCO)."""

import re
from collections import Counter
from os import PathLike
from typing import Annotated, Any

from pydantic import Field

from stal_plugin.annotations.importers.coco import (
    CocoAnnotation,
    CocoHeader,
    CocoImage,
    check_coco_ids,
    frame_number,
)
from stal_plugin.annotations.importers.coco_regions import Box, region_extent
from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    is_sampled,
    video_and_frame,
)
from stal_plugin.annotations.json_models import Number, read_model, wrong_value
from stal_plugin.annotations.problems import raise_problems, shortened

_BY_EXTENT = "annotations without bbox, taken by the extent of their segmentation"
_MASKS = "masks with iscrowd 1 (CVAT writes each so), taken by their extent"
_CORNERS = 4
_UPLOADS = re.compile(r"^(?:.*/)?(?:images|upload/\d+)/(?=[0-9a-f]{8}-)")
_FIX = "Correct them where they come from, or export the file again with boxes"


class _Annotation(CocoAnnotation):
    """One of the ``annotations``; it may have a segmentation only."""

    bbox: Annotated[list[Number], Field(max_length=4)] | None = None  # type: ignore[assignment]
    segmentation: Any = None

    @property
    def is_mask(self) -> bool:
        """Whether it is a mask, which CVAT writes as a crowd."""
        return self.is_crowd and isinstance(self.segmentation, dict)


class _Truth(CocoHeader):
    annotations: list[_Annotation]


def read_coco_video(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read boxes in pixels, to be imported.

    The video of an image is that of its ``video_id`` (named by ``videos``), its frame
    is ``frame_id``, which counts from 0. Without them both come from ``file_name``.
    Attributes of a box are in its ``attributes``, its track in ``track_id``,
    ``instance_id`` or ``attributes.track_id``. With ``iscrowd`` 1 a mask is one person,
    as CVAT writes each of its masks so; a crowd without a mask is left out.

    Args:
        path: The json.
        rule: Where the actions are.

    Returns:
        The boxes.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file breaks the form; names the place.
    """
    data = read_model(path, _Truth)
    left_out: Counter[str] = Counter()
    boxes = _boxes(path, data, left_out)
    check_coco_ids(path, data, data.annotations, "annotations")
    names = {category.id: category.name or category.id for category in data.categories}
    frames = _frames(path, data)
    _check_images(path, data, frames)
    rows: list[ToolRow] = []
    attributes: set[str] = set()
    used = {image.video_id for image in data.images}
    idle = sum(video.id not in used for video in data.videos or ())
    left_out["videos without an image"] += idle
    for i, item in enumerate(data.annotations):
        own = _attributes(item)
        attributes |= set(own)
        if item.is_crowd and not item.is_mask:
            left_out["crowd regions"] += 1
            continue
        if i not in boxes:
            continue
        video, frame = frames[item.image_id]
        place = f"annotations[{i}]"
        track = _track(item, own, rule)
        actions = rule.actions(names[item.category_id], own, left_out)
        rows += [ToolRow(video, frame, boxes[i], a, track, place) for a in actions]
    sizes = _sizes(path, data, frames)
    listed: dict[str, list[float]] = {}
    for video, frame in frames.values():
        listed.setdefault(video, []).append(frame)
    numbered = any(frame_number(image) is not None for image in data.images)
    return boxes_of_rows(
        *(rows, sizes, () if rule.attributes else list(names.values())),
        base=0 if numbered else None,
        base_varies=numbered,
        named=_named(data, frames),
        sampled={
            frames[image.id][0]
            for image in data.images
            if frame_number(image) is None and is_sampled(image.file_name)
        },
        attributes=attributes,
        left_out=left_out,
        listed=listed,
        sparse=True,
    )


def _region(segmentation: Any, size: tuple[int, int] | None) -> Box | None:
    """Extent of a segmentation of an image of a size; masks have that size."""
    extent = region_extent(segmentation or [])
    own = segmentation["size"] if isinstance(segmentation, dict) else None
    if own and size and list(own) != [size[1], size[0]]:
        raise ValueError(f"the image is of {size[0]}x{size[1]} pixels")
    return extent


def _boxes(
    path: str | PathLike, data: _Truth, left_out: Counter[str]
) -> dict[int, Box]:
    """Corners of the annotations that have a box or a segmentation, by their place."""
    boxes: dict[int, Box] = {}
    problems, without = [], []
    sizes = {image.id: image.size for image in data.images}
    for i, item in enumerate(data.annotations):
        if item.is_crowd and not item.is_mask:
            continue
        if item.bbox and len(item.bbox) != _CORNERS:
            place = ["annotations", i, "bbox"]
            problems.append(wrong_value(place, item.bbox, "a list of 4 numbers"))
            continue
        if item.bbox and (min(item.bbox[2:]) != 0 or not item.segmentation):
            x, y, width, height = item.bbox
            boxes[i] = x, y, x + width, y + height
            continue
        try:
            extent = _region(item.segmentation, sizes.get(item.image_id))
        except ValueError as error:
            value = shortened(repr(item.segmentation), 60)
            problems.append(f"annotations[{i}].segmentation is {value}: {error}")
            continue
        if extent is None:
            without.append(i)
            continue
        boxes[i] = extent
        left_out[_BY_EXTENT] += 1
    raise_problems(path, problems, _FIX)
    left_out[_MASKS] += sum(data.annotations[i].is_mask for i in boxes)
    if without:
        first = f"(the first: annotations[{without[0]}])"
        left_out[f"annotations without box and segmentation, left out {first}"] = len(
            without
        )
    return boxes


def _frames(path: str | PathLike, data: CocoHeader) -> dict[str, tuple[str, float]]:
    """Video and frame of each image, by its id."""
    videos = {v.id: v.file_name or v.name or v.id for v in data.videos or ()}
    frames: dict[str, tuple[str, float]] = {}
    for i, image in enumerate(data.images):
        named = _named_frame(image) or (None, None)
        own = image.video_id
        video = named[0] if own is None else videos.get(own, own)
        frame = named[1] if frame_number(image) is None else frame_number(image)
        if video is None or frame is None:
            allowed = (
                "an image with video_id, or file_name VIDEO/00001.jpg"
                if video is None
                else "an image with frame_id, or a number in file_name"
            )
            text = wrong_value(["images", i], image.model_dump(), allowed)
            raise ValueError(f"{path}: {text}")
        frames[image.id] = (video, frame)
    return frames


def _named_frame(image: CocoImage) -> tuple[str, int] | None:
    """Video and frame in the name of an image; Label Studio's folder is no video's."""
    name = image.file_name.replace("\\", "/")
    return video_and_frame(_UPLOADS.sub("", name))


def _check_images(
    path: str | PathLike, data: _Truth, frames: dict[str, tuple[str, float]]
) -> None:
    """Require that no two images are one frame."""
    owner: dict[tuple[str, float], CocoImage] = {}
    problems = []
    for image in data.images:
        first = owner.setdefault(frames[image.id], image)
        if first is not image:
            video, frame = frames[image.id]
            own = [f"{i.id} ({i.file_name})" for i in (first, image)]
            problems.append(
                f"images {own[0]} and {own[1]} are frame {frame:g} of {video}"
            )
    fix = (
        "Which of them is the video's? Take the others out, with their boxes "
        "(Roboflow: export without augmentations)."
    )
    raise_problems(path, problems, fix)


def _sizes(
    path: str | PathLike, data: _Truth, frames: dict[str, tuple[str, float]]
) -> dict[str, tuple[int, int] | None]:
    """Size of the images of each video; all have one."""
    sizes: dict[str, tuple[int, int] | None] = {}
    problems = []
    for image in data.images:
        video = frames[image.id][0]
        if sizes.setdefault(video, image.size) != image.size:
            problems.append(
                f"image {image.id} ({image.file_name}) has size {image.size}, others "
                f"of {video} have {sizes[video]}"
            )
    raise_problems(path, problems, "Export the images of a video in one size.")
    return sizes


def _named(
    data: _Truth, frames: dict[str, tuple[str, float]]
) -> dict[str, dict[float, int]]:
    """Numbers in the names of images that have a frame of their own as well."""
    named: dict[str, dict[float, int]] = {}
    for image in data.images:
        known = _named_frame(image)
        if known is not None:
            video, frame = frames[image.id]
            named.setdefault(video, {})[frame] = known[1]
    return named


def _attributes(item: CocoAnnotation) -> dict[str, str]:
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in (item.attributes or {}).items()
        if isinstance(value, str | int | float)
    }


def _track(item: CocoAnnotation, attributes: dict[str, str], rule: ActionRule) -> str:
    if rule.track:
        return attributes.get(rule.track, "")
    track = item.instance_id if item.track_id is None else item.track_id
    return attributes.get("track_id", "") if track is None else track
