"""Read the export format 'CVAT for images 1.1'."""

from collections import Counter
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from stal_plugin.annotations.importers.cvat_meta import cvat_labels
from stal_plugin.annotations.importers.cvat_shapes import (
    OTHER_SHAPES,
    ROTATED,
    box_of_shape,
    flat_shapes,
    rotated,
    taken,
)
from stal_plugin.annotations.importers.cvat_video import cvat_attributes
from stal_plugin.annotations.importers.import_options import IGNORED, ActionRule
from stal_plugin.annotations.importers.tool_boxes import (
    SAME_FRAME,
    ImageNames,
    ToolBoxes,
    ToolRow,
    boxes_of_rows,
    video_and_frame,
)
from stal_plugin.annotations.importers.xml_stream import (
    XmlElement,
    xml_error,
    xml_parts,
)
from stal_plugin.annotations.problems import raise_problems


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
    try:
        with Path(path).open("rb") as file:
            for part in xml_parts(path, file):
                if part.tag in ("track", "image"):
                    return part.tag == "image"
    except ValueError:
        pass  # its reader says what is wrong
    return False


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
    images = _Images(path, rule, drop_occluded)
    with Path(path).open("rb") as file:
        for part in xml_parts(path, file):
            if part.tag == "meta":
                images.add_meta(part)
            elif part.tag == "image":
                images.add_image(part)
    raise_problems(path, images.problems, "Correct it in CVAT and export again.")
    raise_problems(path, images.images.problems, SAME_FRAME)
    return boxes_of_rows(
        images.rows,
        images.sizes,
        () if rule.attributes else images.labels,
        base=0 if images.from_video else None,
        attributes=images.attributes,
        left_out=images.left_out + flat_shapes(images.flat),
        listed=images.listed,
        sparse=True,
    )


@dataclass
class _Images:
    """What was read so far."""

    path: str | PathLike
    rule: ActionRule
    drop_occluded: bool
    rows: list[ToolRow] = field(default_factory=list)
    sizes: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    listed: dict[str, list[float]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    flat: list[str] = field(default_factory=list)
    images: ImageNames = field(default_factory=ImageNames)
    from_video: bool = False
    tasks: list[dict[str, str]] = field(default_factory=list)

    def add_meta(self, meta: XmlElement) -> None:
        self.labels += cvat_labels(meta)
        for task in meta.walk():
            if task.tag in ("task", "job"):
                self.tasks.append({e.tag: e.content for e in task.children})
        if self.tasks:
            for source in meta.all("source"):
                self.tasks[-1].setdefault("source", source.content)

    def add_image(self, image: XmlElement) -> None:
        video, frame = self._video_and_frame(image)
        self.images.add(video, frame, image.attrib.get("name", ""))
        size = None
        width, height = image.attrib.get("width", ""), image.attrib.get("height", "")
        if width.isdecimal() and height.isdecimal():
            size = int(width), int(height)
        if self.sizes.setdefault(video, size) != size:
            text = (
                f"image {image.attrib.get('name')!r} has size {size}, earlier ones of "
                f"{video!r} have {self.sizes[video]}"
            )
            raise xml_error(self.path, image.line, text)
        self.listed.setdefault(video, []).append(frame)
        for element in image.children:
            if element.tag in ("box", *OTHER_SHAPES):
                self._add_shape(element, video, frame)
            self.left_out["tags without a box"] += element.tag == "tag"

    def _video_and_frame(self, image: XmlElement) -> tuple[str, float]:
        name = image.attrib.get("name", "")
        known = video_and_frame(name)
        if known is None:
            text = f"the name of image {name!r} ends in no number"
            raise xml_error(self.path, image.line, text)
        video, number = known
        if not video:  # a frame of a video
            self.from_video = True
            task_id = image.attrib.get("task_id")
            own = [t for t in self.tasks if task_id in (None, t.get("id"))]
            if len(own) != 1:
                text = f"{len(own)} tasks may have image {name!r}"
                raise xml_error(self.path, image.line, text)
            video = own[0].get("source") or own[0].get("name") or ""
        return video, float(number)

    def _add_shape(self, shape: XmlElement, video: str, frame: float) -> None:
        label = shape.attrib.get("label", "")
        if not self.rule.attributes and label in self.rule.ignore:
            self.left_out[IGNORED] += 1
            return
        values = cvat_attributes(shape)
        self.attributes |= set(values)
        try:
            corners = box_of_shape(shape)
            self.left_out[ROTATED] += rotated(shape)
        except ValueError as error:
            self.problems.append(f"line {shape.line}: {error}")
            return
        if corners is None or corners[0] == corners[2] or corners[1] == corners[3]:
            self.flat.append(f"line {shape.line}")
            return
        self.left_out[taken(shape.tag)] += shape.tag != "box"
        occluded = shape.attrib.get("occluded") == "1"
        reason = "occluded boxes" + ("" if self.drop_occluded else ", which are kept")
        self.left_out[reason] += occluded
        if occluded and self.drop_occluded:
            return
        actions = self.rule.actions(label, values, self.left_out)
        track = self.rule.track_of(values)
        line = f"line {shape.line}"
        self.rows += [ToolRow(video, frame, corners, a, track, line) for a in actions]
