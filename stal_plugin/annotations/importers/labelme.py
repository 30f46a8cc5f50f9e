"""Read labelme's json files, one per frame."""

from math import hypot
from os import PathLike
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stal_plugin.annotations.importers.image_labels import ImageLabels, label_files
from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes, ToolRow
from stal_plugin.annotations.json_models import (
    Integer,
    JsonModel,
    Number,
    Text,
    read_model,
    wrong_value,
)
from stal_plugin.annotations.problems import raise_problems

_Point = Annotated[list[Number], Field(min_length=2, max_length=2)]
_FIX = "Name the files VIDEO/00001.json or VIDEO_00001.json, one per frame"
_RECTANGLE = (2, 4)  # numbers of points


class _Shape(JsonModel):
    label: Text
    points: list[_Point]
    shape_type: Text = "rectangle"
    group_id: Text | None = None
    flags: dict[str, Text] | None = None
    attributes: dict[str, Text] | None = None

    @property
    def named(self) -> dict[str, str]:
        return {**(self.flags or {}), **(self.attributes or {})}


class _Frame(JsonModel):
    shapes: list[_Shape]
    imagePath: Text | None = None
    imageWidth: Integer | None = None
    imageHeight: Integer | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        if self.imageWidth is None or self.imageHeight is None:
            return None
        return self.imageWidth, self.imageHeight


def read_labelme(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read the shapes of all ``.json`` files of a folder and its sub-folders.

    Video and frame come from the name of the json; a number in ``imagePath`` that
    differs is a contradiction. The track is ``group_id``, the action the label;
    ``flags`` count as attributes, as do the shape's ``attributes``. Shapes other than
    rectangles become their extent.

    Args:
        path: The folder, or one json.
        rule: Where the actions are.

    Returns:
        The boxes in pixels.

    Raises:
        FileNotFoundError: There is no such folder, or no json in it.
        ValueError: Files break the form; names them and the places.
    """
    folder, files = label_files(Path(path), ".json")
    if not files:
        raise FileNotFoundError(f"there is no folder {path} with .json files. {_FIX}")
    labels = ImageLabels(folder, ("labels", "annotations", "jsons", "json"))
    for file in files:
        try:
            _add(labels, file, read_model(file, _Frame), rule)
        except ValueError as error:
            labels.problems.append(str(error).replace(f"{folder}/", "", 1))
    raise_problems(path, labels.problems, _FIX)
    return labels.boxes()


def _add(labels: ImageLabels, file: Path, data: _Frame, rule: ActionRule) -> None:
    known, name = labels.place(file, data.imagePath or ""), labels.name(file)
    if known is None:
        return
    labels.add_size(name, known[0], data.size)
    for i, shape in enumerate(data.shapes):
        own = shape.named
        labels.attributes |= set(own)
        if not shape.points:
            labels.left_out["shapes without points, left out"] += 1
            continue
        box = _box(name, i, shape)
        if shape.shape_type != "rectangle":
            reason = f"shapes {shape.shape_type!r}, taken by their extent"
            labels.left_out[reason] += 1
        actions = rule.actions(shape.label, own, labels.left_out)
        where, track = f"{name}, shapes[{i}]", rule.track_of(own, shape.group_id or "")
        labels.rows += [ToolRow(*known, box, a, track, where) for a in actions]


def _box(name: str, number: int, shape: _Shape) -> tuple[float, float, float, float]:
    """Extent of a shape, in whatever order its points were drawn."""
    xs, ys = zip(*shape.points, strict=True)
    if shape.shape_type == "circle" and len(shape.points) > 1:  # middle, and its edge
        radius = hypot(xs[1] - xs[0], ys[1] - ys[0])
        return xs[0] - radius, ys[0] - radius, xs[0] + radius, ys[0] + radius
    if shape.shape_type == "rectangle" and len(shape.points) not in _RECTANGLE:
        place = ["shapes", number, "points"]
        text = wrong_value(place, shape.points, "2 or 4 points, for a rectangle")
        raise ValueError(f"{name}: {text}")
    return min(xs), min(ys), max(xs), max(ys)
