"""Read the export format 'CVAT for images 1.1'."""

from collections import Counter
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from stal_plugin.annotations.importers.import_options import ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    image_place,
)
from stal_plugin.annotations.importers.xml_stream import XmlStream

_CORNERS = ("xtl", "ytl", "xbr", "ybr")
_OTHER = ("polygon", "polyline", "points", "cuboid", "ellipse", "mask", "skeleton")
_TASK_FACTS = ("id", "name", "source")


class _Found(Exception):
    """The kind of the export is known."""


def is_images_export(path: str | PathLike) -> bool:
    """Whether an export has images, not tracks.

    Args:
        path: The XML.

    Returns:
        True for 'CVAT for images', False for every other file.

    Raises:
        FileNotFoundError: There is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"CVAT export {path} is missing")
    parser = expat.ParserCreate()
    depth, kind = [0], [""]

    def start(name: str, _: object) -> None:
        depth[0] += 1
        if depth[0] == 2 and name in ("track", "image"):
            kind[0] = name
            raise _Found

    def end(_: str) -> None:
        depth[0] -= 1

    def refuse(*_: object) -> None:
        raise _Found

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    with Path(path).open("rb") as file, suppress(_Found, expat.ExpatError):
        parser.ParseFile(file)
    return kind[0] == "image"


def read_cvat_images(
    path: str | PathLike, rule: ActionRule, drop_occluded: bool = False
) -> ToolBoxes:
    """Read the boxes of all images.

    An image of a task on a video is called ``frame_000012``: frame 12, counted from 0,
    of the task's video. Other images are called ``VIDEO/00012.jpg``. The format has no
    tracks; an attribute may hold them (``rule.track``).

    Args:
        path: The XML.
        rule: Where the actions are.
        drop_occluded: Leave out boxes that are marked as occluded.

    Returns:
        The boxes in pixels.

    Raises:
        ValueError: The file is no such export or has faults; names the line.
    """
    parser = _ImagesParser(path, rule, drop_occluded)
    with Path(path).open("rb") as file:
        parser.parse(file)
    return boxes_of_rows(
        parser.rows,
        parser.sizes,
        () if rule.attributes else parser.labels,
        base=0 if parser.from_video else None,
        attributes=parser.attributes,
        left_out=parser.left_out,
        listed=parser.listed,
        sparse=True,
    )


class _ImagesParser:
    """Collects rows while the file runs through expat."""

    def __init__(
        self, path: str | PathLike, rule: ActionRule, drop_occluded: bool
    ) -> None:
        self.rows: list[ToolRow] = []
        self.sizes: dict[str, tuple[int, int] | None] = {}
        self.labels: list[str] = []
        self.attributes: set[str] = set()
        self.left_out: Counter[str] = Counter()
        self.listed: dict[str, list[float]] = {}
        self.from_video = False
        self._rule, self._drop_occluded = rule, drop_occluded
        self._stream = XmlStream(path, self._start, self._end)
        self._open = self._stream.open
        self._tasks: list[dict[str, str]] = []
        self._image = ("", 0.0)
        self._box: dict[str, str] = {}
        self._place = ""
        self._values: dict[str, str] = {}

    def parse(self, file: BinaryIO) -> None:
        """Read a whole file."""
        self._stream.parse(file)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("task", "job"):
            self._tasks.append({})
        elif name == "image" and len(self._open) == 2:
            self._start_image(attributes)
        elif self._open[1:2] == ["image"] and name == "box":
            self._box, self._values = attributes, {}
            self._place = f"line {self._stream.line}"
        elif self._open[1:2] == ["image"] and name == "attribute":
            self._values[attributes.get("name", "")] = ""
        elif self._open[1:2] == ["image"] and name in _OTHER:
            self.left_out["shapes that are no rectangle"] += 1
        elif name == "tag":
            self.left_out["tags without a box"] += 1

    def _start_image(self, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        found = image_place(name)
        if found is None:
            raise self._stream.error(f"the name of image {name!r} ends in no number")
        video, number = found
        if not video:  # a frame of a video
            self.from_video = True
            task = attributes.get("task_id")
            own = [t for t in self._tasks if task in (None, t.get("id"))]
            if len(own) != 1:
                raise self._stream.error(f"{len(own)} tasks may have image {name!r}")
            video = own[0].get("source") or own[0].get("name") or ""
        size = None
        if (
            attributes.get("width", "").isdecimal()
            and attributes.get("height", "").isdecimal()
        ):
            size = int(attributes["width"]), int(attributes["height"])
        if self.sizes.setdefault(video, size) != size:
            raise self._stream.error(
                f"image {name!r} has size {size}, earlier ones of {video!r} have "
                f"{self.sizes[video]}"
            )
        self._image = (video, float(number))
        self.listed.setdefault(video, []).append(float(number))

    def _end(self, name: str, text: str) -> None:
        if self._open[-3:] == ["labels", "label", "name"]:
            self.labels.append(text)
        elif name in _TASK_FACTS and self._open[-2:-1] in (["task"], ["job"]):
            self._tasks[-1][name] = text
        elif name == "source" and self._open[-2:-1] == ["meta"] and self._tasks:
            self._tasks[-1].setdefault("source", text)
        elif self._open[1:2] == ["image"] and name == "attribute" and self._values:
            self._values[list(self._values)[-1]] = text
        elif self._open[1:2] == ["image"] and name == "box":
            self._end_box()

    def _end_box(self) -> None:
        if self._box.get("rotation", "").strip("0.-") != "":
            raise self._stream.error("a box is rotated; only upright boxes are read")
        self.attributes |= set(self._values)
        try:
            x1, y1, x2, y2 = (float(self._box[corner]) for corner in _CORNERS)
        except (KeyError, ValueError):
            raise self._stream.error(
                f"box {self._box} needs the numbers {_CORNERS}"
            ) from None
        occluded = self._box.get("occluded") == "1"
        reason = "occluded boxes" + ("" if self._drop_occluded else ", which are kept")
        self.left_out[reason] += occluded
        if occluded and self._drop_occluded:
            return
        label = self._box.get("label", "")
        actions = self._rule.actions(label, self._values, self.left_out)
        track = self._values.get(self._rule.track, "") if self._rule.track else ""
        self.rows += [
            ToolRow(*self._image, (x1, y1, x2, y2), action, track, self._place)
            for action in actions
        ]
