"""Read ground truth and results in COCO's json form."""

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.annotations.importers.yowo_folder import frame_of_name
from stal_plugin.annotations.problems import raise_problems
from stal_plugin.structures.box_table import BoxTable

_FIX = (
    "Ground truth is {'images': [{'id', 'file_name', 'width', 'height'}], "
    "'categories': [{'id', 'name'}], 'annotations': [{'image_id', 'category_id', "
    "'bbox': [x, y, width, height]}]}, results are [{'image_id', 'category_id', "
    "'bbox', 'score'}], in pixels."
)


def read_coco_truth(path: str | PathLike) -> BoxFile:
    """Read ground truth.

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
    data = _load(path)
    _require(path, data, dict, ("images", "categories", "annotations"))
    rows = data["annotations"]
    _check_rows(path, rows, data, ("image_id", "category_id", "bbox"))
    crowds = sum(bool(row.get("iscrowd")) for row in rows)
    if crowds:
        problem = f"{crowds} annotations have iscrowd=1"
        raise_problems(
            path, [problem], "Crowd regions cannot be evaluated: take them out."
        )
    persons = [row.get("track_id", -1) for row in rows]
    return _table(path, data, rows, np.ones(len(rows)), np.array(persons, np.int64))


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
    data, rows = _load(truth_path), _load(path)
    _require(truth_path, data, dict, ("images", "categories"))
    _require(path, rows, list, ())
    _check_rows(path, rows, data, ("image_id", "category_id", "bbox", "score"))
    scores = np.array([row["score"] for row in rows], np.float64)
    return _table(path, data, rows, scores, np.full(len(rows), -1))


def _load(path: str | PathLike) -> Any:
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}. {_FIX}")
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is no valid json: {error}") from None


def _require(path: str | PathLike, data: Any, kind: type, keys: Sequence[str]) -> None:
    if not isinstance(data, kind):
        problem = f"holds a {type(data).__name__}, not a {kind.__name__}"
        raise_problems(path, [problem], _FIX)
    missing = [f"key {key!r} is missing" for key in keys if key not in data]
    raise_problems(path, missing, _FIX)


def _check_rows(
    path: str | PathLike, rows: Sequence[Mapping], data: Mapping, keys: Sequence[str]
) -> None:
    images = {image["id"] for image in data["images"]}
    categories = {category["id"] for category in data["categories"]}
    problems = []
    for i, row in enumerate(rows):
        missing = [key for key in keys if key not in row]
        if missing:
            problems.append(f"row {i}: keys {missing} are missing")
        elif row["image_id"] not in images:
            problems.append(f"row {i}: image_id {row['image_id']!r} is unknown")
        elif row["category_id"] not in categories:
            problems.append(f"row {i}: category_id {row['category_id']!r} is unknown")
        elif not _is_box(row["bbox"]):
            problems.append(f"row {i}: bbox {row['bbox']!r} is not x, y, width, height")
        elif not np.isfinite(row.get("score", 0.0)):
            problems.append(f"row {i}: score {row['score']!r} is not finite")
    raise_problems(path, problems, _FIX)


def _is_box(box: Any) -> bool:
    if not isinstance(box, list) or len(box) != 4:
        return False
    numbers = all(isinstance(value, int | float) for value in box)
    return numbers and bool(np.isfinite(box).all()) and min(box[2:]) >= 0


def _place(image: Mapping) -> tuple[str, int]:
    if "video_id" in image and "frame_id" in image:
        return str(image["video_id"]), int(image["frame_id"])
    name = str(image.get("file_name", image["id"]))
    stem = PurePosixPath(name).with_suffix("").as_posix()
    return frame_of_name(stem) or (stem, 1)


def _table(
    path: str | PathLike,
    data: Mapping,
    rows: Sequence[Mapping],
    scores: np.ndarray,
    persons: np.ndarray,
) -> BoxFile:
    images = [_place(image) for image in data["images"]]
    if len(set(images)) < len(images):
        repeated = next(place for place in images if images.count(place) > 1)
        raise_problems(path, [f"two images are video and frame {repeated}"], _FIX)
    order = {image["id"]: i for i, image in enumerate(data["images"])}
    owner = [order[row["image_id"]] for row in rows]
    videos = np.array([video for video, _ in images], dtype=object)
    frames = np.array([frame for _, frame in images], dtype=np.int64)
    categories = sorted(data["categories"], key=lambda category: category["id"])
    labels = {category["id"]: k for k, category in enumerate(categories)}
    boxes = np.array([row["bbox"] for row in rows], np.float64).reshape(-1, 4)
    sizes = {
        place[0]: (int(image["width"]), int(image["height"]))
        for place, image in zip(images, data["images"], strict=True)
        if "width" in image and "height" in image
    }
    table = BoxTable(
        frames=frames[owner],
        boxes=np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1),
        labels=np.array([labels[r["category_id"]] for r in rows], np.int64),
        video_ids=videos[owner],
        scores=scores,
        person_ids=persons,
    )
    return BoxFile(
        table,
        in_pixels=True,
        listed_videos=videos,
        listed_frames=frames,
        sizes=sizes,
        classes=tuple(str(c.get("name", c["id"])) for c in categories),
    )
