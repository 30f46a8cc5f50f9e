"""Read labelme's json files, one per frame."""

from collections import Counter
from os import PathLike
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.importers.videos import visible_files
from stal_plugin.annotations.json_models import (
    Integer,
    JsonModel,
    Number,
    Text,
    read_model,
    wrong_value,
)

_Point = Annotated[list[Number], Field(min_length=2, max_length=2)]
_FIX = "Name the files VIDEO/00001.json or VIDEO_00001.json, one per frame"


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
    imageWidth: Integer | None = None
    imageHeight: Integer | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        if self.imageWidth is None or self.imageHeight is None:
            return None
        return self.imageWidth, self.imageHeight


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
    files = visible_files(folder, ".json")
    if not files:
        raise FileNotFoundError(f"there is no folder {folder} with .json files. {_FIX}")
    rows: list[ToolRow] = []
    sizes: dict[str, tuple[int, int] | None] = {}
    attributes: set[str] = set()
    left_out: Counter[str] = Counter()
    listed: dict[str, list[float]] = {}
    for file in files:
        known = video_and_frame(file.relative_to(folder).as_posix())
        if known is None:
            raise ValueError(f"{file} names no frame. {_FIX}")
        video, frame = known
        data = read_model(file, _Frame)
        size = data.size
        if sizes.setdefault(video, size) != size:
            raise ValueError(
                f"{file}: imageWidth and imageHeight are {size}, those of the video's "
                f"other frames are {sizes[video]}"
            )
        listed.setdefault(video, []).append(frame)
        for i, shape in enumerate(data.shapes):
            own = shape.named
            attributes |= set(own)
            box = _box(file, i, shape)
            if box is None:
                left_out["shapes that are no rectangle"] += 1
                continue
            actions = rule.actions(shape.label, own, left_out)
            where = f"{file.relative_to(folder).as_posix()}, shapes[{i}]"
            track = _track(shape, own, rule)
            rows += [ToolRow(video, frame, box, a, track, where) for a in actions]
    return boxes_of_rows(
        rows,
        sizes,
        attributes=attributes,
        left_out=left_out,
        listed=listed,
        sparse=True,
    )


def _box(
    file: Path, number: int, shape: _Shape
) -> tuple[float, float, float, float] | None:
    """Corners of a rectangle of 2 or 4 points, in whatever order they were drawn."""
    if shape.shape_type != "rectangle":
        return None
    if len(shape.points) not in (2, 4):
        place = ["shapes", number, "points"]
        text = wrong_value(place, shape.points, "2 or 4 points, for a rectangle")
        raise ValueError(f"{file}: {text}")
    xs, ys = zip(*shape.points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _track(shape: _Shape, attributes: dict[str, str], rule: ActionRule) -> str:
    if rule.track:
        return attributes.get(rule.track, "")
    return shape.group_id or ""
