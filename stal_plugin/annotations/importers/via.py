"""Import projects of the VGG Image Annotator 3 (VIA 3)."""

from collections import Counter
from os import PathLike

from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    SAME_FRAME,
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.json_models import (
    JsonModel,
    Number,
    Text,
    read_model,
    wrong_value,
)
from stal_plugin.annotations.problems import raise_problems

_RECTANGLES = (2, 8)  # drawn by two corners, and by four extreme points
_VIDEO = 4


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


def read_via(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read the rectangles of a project in VIA's own json ("Save project").

    A rectangle on a video has its time in seconds. One on an image belongs to the
    frame that the image's name tells (see ``video_and_frame``). VIA has no labels:
    without ``rule.attributes`` the only attribute of the project holds the action.
    Several ticked options of a checkbox are several actions. VIA has no tracks either;
    an attribute may hold them (``rule.track``).

    Args:
        path: The json.
        rule: Where the actions are.

    Returns:
        The boxes in pixels.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file breaks the form, or it is not clear which attribute holds
            the action.
    """
    data = read_model(path, _Project)
    names = {key: attribute.aname for key, attribute in data.attribute.items()}
    rule = _with_attribute(path, rule, list(names.values()))
    rows: list[ToolRow] = []
    left_out: Counter[str] = Counter()
    kinds: set[bool] = set()
    images = ImageNames()
    listed: dict[str, list[float]] = {}
    for key, item in data.metadata.items():
        if not item.xy:
            left_out["time segments without a box"] += 1
            continue
        if item.xy[0] not in _RECTANGLES or len(item.xy) != 5:
            left_out["shapes that are no rectangle"] += 1
            continue
        own = {
            names[k]: _chosen(data.attribute[k], text)
            for k, text in item.av.items()
            if k in names
        }
        actions = rule.actions("", own, left_out)
        video, frame, seconds = _frame(path, data, key)
        kinds.add(seconds)
        if not seconds:
            images.add(video, frame, data.file[data.view[item.vid].fid_list[0]].fname)
        listed.setdefault(video, []).append(frame)
        x, y, width, height = item.xy[1:]
        box, place = (x, y, x + width, y + height), f"metadata.{key}"
        track = own.get(rule.track, "") if rule.track else ""
        rows += [ToolRow(video, frame, box, a, track, place) for a in actions]
    if len(kinds) > 1:
        raise ValueError(
            f"{path} has boxes on videos and on images; save them as two projects"
        )
    raise_problems(path, images.problems, SAME_FRAME)
    return boxes_of_rows(
        rows,
        {},
        seconds=True in kinds,
        played=True,
        attributes=set(names.values()),
        left_out=left_out,
        listed=listed,
        sparse=True,
    )


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


def _frame(path: str | PathLike, data: _Project, key: str) -> tuple[str, float, bool]:
    """Video, frame or second of a box, and whether it is a second."""
    item = data.metadata[key]

    def fault(place: list[str], value: object, allowed: str) -> ValueError:
        return ValueError(f"{path}: {wrong_value(place, value, allowed)}")

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
