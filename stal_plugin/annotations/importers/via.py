"""Import projects of the VGG Image Annotator 3 (VIA 3)."""

from collections import Counter
from dataclasses import dataclass, field
from os import PathLike

from stal_plugin.annotations.importers.cvat_shapes import flat_shapes
from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    SAME_FRAME,
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.importers.via_shapes import (
    BY_EXTENT,
    RECTANGLES,
    shape_extent,
    shape_name,
)
from stal_plugin.annotations.json_models import (
    JsonModel,
    Number,
    Text,
    read_model,
    wrong_value,
)
from stal_plugin.annotations.problems import raise_problems

_VIDEO = 4
_FIX = "Save the project again, or correct it there."


class _Attribute(JsonModel):
    aname: Text
    options: dict[str, Text] | None = None


class _File(JsonModel):
    fname: Text
    type: Number


class _View(JsonModel):
    fid_list: list[Text]


class _Item(JsonModel):
    vid: Text
    xy: list[Number]
    z: list[Number] | None = None
    av: dict[str, Text]


class _Project(JsonModel):
    attribute: dict[str, _Attribute]
    file: dict[str, _File]
    view: dict[str, _View]
    metadata: dict[str, _Item]

    @property
    def names(self) -> dict[str, str]:
        """Names of the attributes by their keys."""
        return {key: attribute.aname for key, attribute in self.attribute.items()}


def read_via(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read the regions of a project in VIA's own json ("Save project").

    A region on a video has its time in seconds. One on an image belongs to the frame
    that the image's name tells (see ``video_and_frame``). Shapes other than rectangles
    become their extent; points have none and are left out. VIA has no labels: without
    ``rule.attributes`` the only attribute of the project holds the action. Several
    ticked options of a checkbox are several actions. VIA has no tracks either; an
    attribute may hold them (``rule.track``).

    Args:
        path: The json.
        rule: Where the actions are.

    Returns:
        The boxes in pixels.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file breaks the form, with all places; or it is not clear which
            attribute holds the action.
    """
    data = read_model(path, _Project)
    rule = _with_attribute(path, rule, list(data.names.values()))
    parts = _Regions(data, rule)
    for key, item in data.metadata.items():
        if not item.xy:
            parts.left_out["time segments without a box"] += 1
            continue
        try:
            parts.add(key, item)
        except ValueError as error:
            parts.problems.append(str(error))
    raise_problems(path, parts.problems, _FIX)
    raise_problems(path, parts.images.problems, SAME_FRAME)
    if len(parts.kinds) > 1:
        raise ValueError(
            f"{path} has boxes on videos and on images; save them as two projects"
        )
    return boxes_of_rows(
        parts.rows,
        {},
        seconds=True in parts.kinds,
        played=True,
        attributes=set(data.names.values()),
        left_out=parts.left_out + flat_shapes(parts.flat),
        listed=parts.listed,
        sparse=True,
    )


@dataclass
class _Regions:
    """What was read so far."""

    data: _Project
    rule: ActionRule
    rows: list[ToolRow] = field(default_factory=list)
    listed: dict[str, list[float]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    flat: list[str] = field(default_factory=list)
    kinds: set[bool] = field(default_factory=set)
    images: ImageNames = field(default_factory=ImageNames)
    problems: list[str] = field(default_factory=list)

    def add(self, key: str, item: _Item) -> None:
        """Add a region; raises ValueError with the place of a fault."""
        place = f"metadata.{key}"
        try:
            box, name = shape_extent(item.xy), shape_name(item.xy)
        except ValueError as error:
            allowed = str(error)
            raise ValueError(wrong_value([place, "xy"], item.xy, allowed)) from None
        video, frame, seconds = _frame(self.data, key)
        self.kinds.add(seconds)
        if not seconds:
            file = self.data.file[self.data.view[item.vid].fid_list[0]]
            self.images.add(video, frame, file.fname)
        self.listed.setdefault(video, []).append(frame)
        if box is None or box[0] == box[2] or box[1] == box[3]:
            self.flat.append(place)
            return
        self.left_out[BY_EXTENT.format(name)] += name not in RECTANGLES
        own = {
            self.data.names[k]: _chosen(self.data.attribute[k], text)
            for k, text in item.av.items()
            if k in self.data.names
        }
        actions = self.rule.actions("", own, self.left_out)
        track = self.rule.track_of(own)
        self.rows += [ToolRow(video, frame, box, a, track, place) for a in actions]


def _with_attribute(
    path: str | PathLike, rule: ActionRule, names: list[str]
) -> ActionRule:
    if rule.attributes:
        return rule
    own = [name for name in names if name not in ("TEMPORAL-SEGMENTS", rule.track)]
    if len(own) != 1:
        raise ValueError(
            f"{path}: the attributes are {own}; say which hold the action with "
            "--action NAME"
        )
    return ActionRule((own[0],), rule.ignore, rule.track)


def _chosen(attribute: _Attribute, text: str) -> str:
    """Names of the options that were chosen; the text itself of a text field."""
    if not attribute.options:
        return text
    keys = text.split(",")
    return ",".join(attribute.options.get(key.strip(), key) for key in keys)


def _frame(data: _Project, key: str) -> tuple[str, float, bool]:
    """Video, frame or second of a box, and whether it is a second."""
    item = data.metadata[key]

    def fault(place: list[str], value: object, allowed: str) -> ValueError:
        return ValueError(wrong_value(place, value, allowed))

    if item.vid not in data.view:
        raise fault(["metadata", key, "vid"], item.vid, "one of the views")
    files = data.view[item.vid].fid_list
    if len(files) != 1 or files[0] not in data.file:
        raise fault(["view", item.vid, "fid_list"], files, "a list of one file")
    file = data.file[files[0]]
    if file.type == _VIDEO:
        times = item.z or []
        if len(times) != 1:
            raise fault(["metadata", key, "z"], times, "one time, for a box")
        return file.fname, times[0], True
    named = video_and_frame(file.fname)
    if named is None:
        allowed = "VIDEO/00001.jpg or VIDEO_00001.jpg, for an image"
        raise fault(["file", files[0], "fname"], file.fname, allowed)
    return *named, False
