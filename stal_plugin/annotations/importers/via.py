"""Read projects of the VGG Image Annotator 3 (VIA 3)."""

from collections import Counter
from os import PathLike

from stal_plugin.annotations.importers.action_rule import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    image_place,
)
from stal_plugin.annotations.json_node import JsonNode

_RECTANGLES = (2, 8)  # drawn by two corners, and by four extreme points
_VIDEO = 4


def read_via(path: str | PathLike, rule: ActionRule) -> ToolBoxes:
    """Read the rectangles of a project in VIA's own json ("Save project").

    A rectangle on a video has its time in seconds. One on an image belongs to the
    frame that the image's name tells (see ``image_place``). VIA has no labels: without
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
        ValueError: The file breaks the form, or it is not clear which attribute holds
            the action.
    """
    data = JsonNode.load(path)
    known = {key: node for key, node in data["attribute"].entries()}
    names = {key: node["aname"].text() for key, node in known.items()}
    rule = _with_attribute(path, rule, list(names.values()))
    views = {key: node for key, node in data["view"].entries()}
    rows: list[ToolRow] = []
    left_out: Counter[str] = Counter()
    kinds: set[bool] = set()
    listed: dict[str, list[float]] = {}
    for _, item in data["metadata"].entries():
        shape = [node.number() for node in item["xy"].items()]
        if not shape:
            left_out["time segments without a box"] += 1
            continue
        if shape[0] not in _RECTANGLES or len(shape) != 5:
            left_out["shapes that are no rectangle"] += 1
            continue
        own = {
            names[key]: _value(known[key], node.text())
            for key, node in item["av"].entries()
            if key in names
        }
        actions = rule.actions("", own, left_out)
        video, frame, seconds = _place(data, views, item)
        kinds.add(seconds)
        listed.setdefault(video, []).append(frame)
        x, y, width, height = shape[1:]
        box = (x, y, x + width, y + height)
        track = own.get(rule.track, "") if rule.track else ""
        rows += [ToolRow(video, frame, box, a, track, item.place) for a in actions]
    if len(kinds) > 1:
        raise ValueError(
            f"{path} has boxes on videos and on images; save them as two projects"
        )
    boxes = boxes_of_rows(rows, {})
    boxes.seconds = True in kinds
    boxes.attributes, boxes.left_out = set(names.values()), left_out
    boxes.listed, boxes.sparse = listed, True
    return boxes


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


def _value(attribute: JsonNode, text: str) -> str:
    """Names of the options that were chosen; the text itself of a text field."""
    if "options" not in attribute or not attribute["options"].value:
        return text
    options = {key: node.text() for key, node in attribute["options"].entries()}
    return ",".join(options.get(key.strip(), key) for key in text.split(","))


def _place(
    data: JsonNode, views: dict[str, JsonNode], item: JsonNode
) -> tuple[str, float, bool]:
    """Video, frame or second, and whether it is a second."""
    key = item["vid"].text()
    if key not in views:
        raise item["vid"].wrong("one of the views")
    files = views[key]["fid_list"].items()
    if len(files) != 1:
        raise views[key]["fid_list"].wrong("a list of one file")
    file = data["file"][files[0].text()]
    name = file["fname"].text()
    if file["type"].integer() == _VIDEO:
        times = [node.number() for node in item["z"].items()]
        if len(times) != 1:
            raise item["z"].wrong("one time, for a box")
        return name, times[0], True
    found = image_place(name)
    if found is None:
        raise file["fname"].wrong("VIDEO/00001.jpg or VIDEO_00001.jpg, for an image")
    return *found, False
