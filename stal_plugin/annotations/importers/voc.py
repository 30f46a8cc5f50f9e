"""Read Pascal VOC's xml files, one per frame (labelImg, Roboflow, ImageNet VID)."""

import math
from pathlib import Path

from stal_plugin.annotations.importers.image_labels import ImageLabels, label_files
from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes, ToolRow
from stal_plugin.annotations.importers.xml_stream import XmlElement, xml_parts
from stal_plugin.annotations.problems import raise_problems

_ROOT = "annotation"
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_PARTS = ("Annotations", "annotations", "labels", "train", "valid", "val", "test")
_TRACKS = ("trackid", "track_id")
_FIX = "Name the files VIDEO/00001.xml or VIDEO_00001.xml, one per frame"


def read_voc(path: Path, rule: ActionRule) -> ToolBoxes:
    """Read the boxes of all ``.xml`` files of a folder and its sub-folders.

    Video and frame come from the name of the xml; another number in its ``filename`` is
    a contradiction. The action is the ``name`` of an object, its ``attributes`` are
    those of CVAT, the track is ``trackid`` or the attribute ``track_id``. Corners are
    taken as tools write them, 0 is the left or upper edge.

    Args:
        path: The folder, or one xml.
        rule: Where the actions are.

    Returns:
        The boxes in pixels.

    Raises:
        FileNotFoundError: There is no such folder, or no xml in it.
        ValueError: Files break the form; names them, the lines and the values.
    """
    folder, files = label_files(path, ".xml")
    if not files:
        raise FileNotFoundError(f"there is no folder {path} with .xml files. {_FIX}")
    labels = ImageLabels(folder, _PARTS)
    without: list[str] = []
    for file in files:
        try:
            without += _add(labels, file, rule)
        except ValueError as error:
            labels.problems.append(str(error).replace(f"{folder}/", "", 1))
    raise_problems(path, labels.problems, _FIX)
    if without:
        reason = f"objects without bndbox, left out (the first: {without[0]})"
        labels.left_out[reason] = len(without)
    return labels.boxes()


def _attributes(item: XmlElement) -> dict[str, str]:
    """What CVAT writes as attributes, and plain values such as ``occluded``."""
    plain = {e.tag: e.content for e in item.children if not e.children}
    plain.pop("name", None)
    pairs = (
        (_text(attribute, "name"), _text(attribute, "value"))
        for group in item.all("attributes")
        for attribute in group.all("attribute")
    )
    return {**plain, **dict(pairs)}


def _corners(item: XmlElement) -> tuple[float, float, float, float] | None:
    """Corners of the box; None if there is none."""
    boxes = item.all("bndbox")
    if not boxes:
        return None
    x1, y1, x2, y2 = (_number(boxes[0], key) for key in _CORNERS)
    return x1, y1, x2, y2


def _add(labels: ImageLabels, file: Path, rule: ActionRule) -> list[str]:
    """Add a file; returns the places of objects without a box."""
    with file.open("rb") as stream:
        parts = list(xml_parts(file, stream, _ROOT))
    image = next((p.content for p in parts if p.tag == "filename"), "")
    known, name = labels.place(file, image), labels.name(file)
    without: list[str] = []
    if known is None:
        return without
    size = next((_size(part) for part in parts if part.tag == "size"), None)
    labels.add_size(name, known[0], size)
    for item in (part for part in parts if part.tag == "object"):
        where, own = f"{name}, line {item.line}", _attributes(item)
        labels.attributes |= set(own)
        try:
            box = _corners(item)
        except ValueError as error:
            labels.problems.append(f"{where}: {error}")
            continue
        if box is None:
            without.append(where)
            continue
        track = next((own[key] for key in _TRACKS if own.get(key)), "")
        facts = rule.track_of(own, track), where
        actions = rule.actions(_text(item, "name"), own, labels.left_out)
        labels.rows += [ToolRow(*known, box, action, *facts) for action in actions]
    return without


def _size(element: XmlElement) -> tuple[int, int] | None:
    """Width and height of the image; None where the tool wrote 0 or nothing."""
    texts = [_text(element, key) for key in ("width", "height")]
    if not all(t.isascii() and t.isdecimal() and len(t) < 10 for t in texts):
        return None
    width, height = map(int, texts)
    return (width, height) if width and height else None


def _text(element: XmlElement, tag: str) -> str:
    found = element.all(tag)
    return found[0].content if found else ""


def _number(element: XmlElement, tag: str) -> float:
    text = _text(element, tag)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{tag} is {text!r}, must be a number")
    return number
