"""Read projects and exports of VIA 2 (json and csv), and the csv export of VIA 3."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stal_plugin.annotations.importers.cvat_shapes import flat_shapes
from stal_plugin.annotations.importers.import_options import (
    ActionRule,
    ImportOptions,
    read_label_list,
)
from stal_plugin.annotations.importers.tool_boxes import (
    SAME_FRAME,
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.importers.via2_regions import Region, regions_of_via2
from stal_plugin.annotations.importers.via_shapes import (
    BY_EXTENT,
    RECTANGLES,
    shape_extent,
    shape_name,
)
from stal_plugin.annotations.json_models import parse_json
from stal_plugin.annotations.problems import one_error, raise_problems

_VIA3_HEADER = "# CSV_HEADER = metadata_id,"
_FIX = "Export the project again, or correct it there."

Box = tuple[float, float, float, float]


def is_via2(data: object) -> bool:
    """Whether a json is a project or an export of VIA 2."""
    if not isinstance(data, dict):
        return False
    own = (
        isinstance(v, dict) and set(v) >= {"filename", "regions"} for v in data.values()
    )
    return "_via_img_metadata" in data or any(own)


def is_via_csv(text: str) -> bool:
    """Whether a text is the beginning of a csv of VIA 2 or 3."""
    return _VIA3_HEADER in text[:2000] or text.startswith(
        "filename,file_size,file_attr"
    )


def read_via2(path: Path, options: ImportOptions) -> ToolBoxes:
    """Read the regions of VIA 2; shapes other than rectangles become their extent.

    Args:
        path: The project, its json or its csv.
        options: Which attribute holds the action: by default the only one there is.

    Returns:
        The boxes in pixels; the frames are those of the names of the images.

    Raises:
        ValueError: Regions have another form, all are named; or it is not clear which
            attribute holds the action.
    """
    with one_error(path):
        problems: list[str] = []
        regions = list(regions_of_via2(path, problems))
        return _boxes_of_regions(path, regions, options.rule, problems)


def _with_action(
    path: Path, rule: ActionRule, names: set[str], problems: list[str]
) -> ActionRule:
    """The rule, with the only attribute there is if it names none."""
    if rule.attributes:
        return rule
    free = sorted(names - {rule.track})
    if len(free) != 1:
        raise_problems(path, problems, _FIX)
        raise ValueError(
            f"{path}: the attributes are {free}; say which hold the action with "
            "--action NAME"
        )
    return ActionRule((free[0],), rule.ignore, rule.track)


def _boxes_of_regions(
    path: Path, regions: list[Region], rule: ActionRule, problems: list[str]
) -> ToolBoxes:
    """Boxes; ``problems`` are those of the form, which are told with the others."""
    names = {str(name) for _, _, own in regions for name in own}
    rule = _with_action(path, rule, names, problems)
    rows: list[ToolRow] = []
    left_out: Counter[str] = Counter()
    listed: dict[str, list[float]] = {}
    flat: list[str] = []
    images = ImageNames()
    for number, (name, shape, attributes) in enumerate(regions):
        known = video_and_frame(name)
        if known is None:
            problems.append(f"the name of image {name!r} ends in no number")
            continue
        images.add(*known, name)
        listed.setdefault(known[0], []).append(known[1])
        if not shape:
            continue
        try:
            box = _box(shape)
        except (LookupError, TypeError, ValueError) as error:
            problems.append(f"region {number + 1} of {name}: {error!r}")
            continue
        left_out[f"shapes {shape.get('name')!r}, taken by their extent"] += (
            shape.get("name") != "rect" and box is not None
        )
        if box is None or box[0] >= box[2] or box[1] >= box[3]:
            flat.append(f"region {number + 1} of {name}")
            continue
        own = {str(key): _text(value) for key, value in attributes.items()}
        facts = rule.track_of(own), f"region {number + 1} ({name})"
        actions = rule.actions("", own, left_out)
        rows += [ToolRow(*known, box, action, *facts) for action in actions]
    raise_problems(path, problems, _FIX)
    raise_problems(path, images.problems, SAME_FRAME)
    return boxes_of_rows(
        *(rows, dict.fromkeys(listed)),
        attributes=names,
        left_out=left_out + flat_shapes(flat),
        listed=listed,
        sparse=True,
    )


def _text(value: object) -> str:
    """Text of an attribute; the ticked options of a checkbox with commas."""
    if isinstance(value, dict):
        return ",".join(str(key) for key, ticked in value.items() if ticked)
    return str(value)


def _box(shape: dict[str, Any]) -> Box | None:
    """Extent of a shape; None for one that has none."""
    name = shape.get("name")
    if name == "rect":
        x, y, w, h = (float(shape[key]) for key in ("x", "y", "width", "height"))
        return x, y, x + w, y + h
    if name in ("circle", "ellipse"):
        x, y = float(shape["cx"]), float(shape["cy"])
        rx = float(shape.get("r", shape.get("rx", 0)))
        ry = float(shape.get("r", shape.get("ry", 0)))
        return x - rx, y - ry, x + rx, y + ry
    xs, ys = shape.get("all_points_x") or [], shape.get("all_points_y") or []
    if not xs or not ys:
        return None
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def read_via3_csv(path: Path, options: ImportOptions) -> ToolBoxes:
    """Read the csv export of VIA 3.

    It has numbers of attributes and options, not their names: the number of the option
    is the action, or ``options.labels`` has its name.

    Args:
        path: The csv.
        options: Number of the attribute that holds the action (``--action 1``; by
            default the only one) and the names of its options.

    Returns:
        The boxes in pixels, at seconds.

    Raises:
        ValueError: Rows have another form; names them all.
    """
    labels = read_label_list(options.labels) if options.labels else {}
    parts = _Rows(labels, options.rule)
    problems: list[str] = []
    with one_error(path), path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(line for line in file if not line.startswith("#"))
        for number, cells in enumerate(reader, start=1):
            try:
                parts.add(f"row {number}", cells)
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                text = str(error) if isinstance(error, ValueError) else repr(error)
                problems.append(f"row {number}: {text}")
    raise_problems(path, problems, _FIX)
    return boxes_of_rows(
        *(parts.rows, dict.fromkeys(parts.listed)),
        seconds=True,
        played=True,
        attributes=parts.names,
        left_out=parts.left_out + flat_shapes(parts.flat),
        listed=parts.listed,
        sparse=True,
    )


@dataclass
class _Rows:
    """What was read so far of the csv of VIA 3."""

    labels: dict[int, str]
    rule: ActionRule
    rows: list[ToolRow] = field(default_factory=list)
    listed: dict[str, list[float]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    flat: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, where: str, cells: Sequence[str]) -> None:
        """Add a row; raises ValueError, TypeError and others at a fault."""
        if not cells:
            return
        if len(cells) != 6:
            raise ValueError(f"{len(cells)} cells, must be 6")
        files, times, shape, values = (parse_json(cells[i]) for i in (1, 3, 4, 5))
        self.names |= set(values)
        if not shape or len(times) != 1:
            self.left_out["time segments without a box"] += 1
            return
        box, name = shape_extent(shape), shape_name(shape)
        video, time = files[0], float(times[0])
        self.listed.setdefault(video, []).append(time)
        if box is None or box[0] == box[2] or box[1] == box[3]:
            self.flat.append(where)
            return
        self.left_out[BY_EXTENT.format(name)] += name not in RECTANGLES
        own = {key: _named(text, self.labels) for key, text in values.items()}
        rule = self.rule
        if not rule.attributes:
            rule = ActionRule(tuple(own), rule.ignore, rule.track)
        track = rule.track_of(own)
        self.rows += [
            ToolRow(video, time, box, action, track, where)
            for action in rule.actions("", own, self.left_out)
        ]


def _named(text: object, labels: dict[int, str]) -> str:
    """Names of options, which the csv has as numbers with commas."""
    keys = str(text).split(",")
    return ",".join(labels.get(int(k), k) if k.isdecimal() else k for k in keys)
