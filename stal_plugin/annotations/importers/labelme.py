"""Read labelme's json files, one per frame."""

from collections import Counter
from os import PathLike
from pathlib import Path

from stal_plugin.annotations.importers.action_rule import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    image_place,
)
from stal_plugin.annotations.json_node import JsonNode

_FIX = "Name the files VIDEO/00001.json or VIDEO_00001.json, one per frame"


def read_labelme(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read the rectangles of all ``.json`` files of a folder and its sub-folders.

    Video and frame come from the name of the json. The track is ``group_id``, the
    action the label; ``flags`` count as attributes, as do the shape's ``attributes``.

    Args:
        path: The folder.
        rule: Where the actions are.

    Returns:
        The boxes in pixels.

    Raises:
        FileNotFoundError: There is no such folder, or no json in it.
        ValueError: A file breaks the form; names file and place.
    """
    folder = Path(path)
    files = sorted(folder.rglob("*.json"))
    if not files:
        raise FileNotFoundError(f"there is no folder {folder} with .json files. {_FIX}")
    rows: list[ToolRow] = []
    sizes: dict[str, tuple[int, int] | None] = {}
    attributes: set[str] = set()
    left_out: Counter[str] = Counter()
    listed: dict[str, list[float]] = {}
    for file in files:
        place = image_place(file.relative_to(folder).as_posix())
        if place is None:
            raise ValueError(f"{file} names no frame. {_FIX}")
        data = JsonNode.load(file)
        size = _size(data)
        if sizes.setdefault(place[0], size) != size:
            raise ValueError(
                f"{file}: imageWidth and imageHeight are {size}, those of the video's "
                f"other frames are {sizes[place[0]]}"
            )
        listed.setdefault(place[0], []).append(place[1])
        for shape in data["shapes"].items():
            own = _attributes(shape)
            attributes |= set(own)
            box = _box(shape)
            if box is None:
                left_out["shapes that are no rectangle"] += 1
                continue
            actions = rule.actions(shape["label"].text(), own, left_out)
            where = f"{file.relative_to(folder).as_posix()}, {shape.place}"
            track = _track(shape, own, rule)
            rows += [ToolRow(*place, box, a, track, where) for a in actions]
    boxes = boxes_of_rows(rows, sizes)
    boxes.attributes, boxes.left_out = attributes, left_out
    boxes.listed, boxes.sparse = listed, True
    return boxes


def _size(data: JsonNode) -> tuple[int, int] | None:
    if "imageWidth" not in data or "imageHeight" not in data:
        return None
    return data["imageWidth"].integer(), data["imageHeight"].integer()


def _box(shape: JsonNode) -> tuple[float, float, float, float] | None:
    """Corners of a rectangle of 2 or 4 points, in whatever order they were drawn."""
    kind = shape["shape_type"].text() if "shape_type" in shape else "rectangle"
    points = [point.numbers(2) for point in shape["points"].items()]
    if kind != "rectangle":
        return None
    if len(points) not in (2, 4):
        raise shape["points"].wrong("2 or 4 points, for a rectangle")
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _attributes(shape: JsonNode) -> dict[str, str]:
    found = {}
    for key in ("flags", "attributes"):
        if key in shape:
            found.update({k: node.text() for k, node in shape[key].entries()})
    return found


def _track(shape: JsonNode, attributes: dict[str, str], rule: ActionRule) -> str:
    if rule.track:
        return attributes.get(rule.track, "")
    return shape["group_id"].text() if "group_id" in shape else ""
