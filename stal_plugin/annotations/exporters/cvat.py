"""Write the format 'CVAT for video 1.1'."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np

from stal_plugin.annotations.annotation import VideoInfo
from stal_plugin.annotations.exporters.person_tracks import PersonTrack, key_frames

#: Label of all tracks; what a person does is in its attributes.
PERSON = "person"
#: Attribute with the only action of a box.
ACTION = "action"
_SCORE = "score"


def write_cvat(
    path: Path,
    name: str,
    info: VideoInfo,
    tracks: Sequence[PersonTrack],
    classes: Sequence[str],
    one_action: bool,
    tolerance: float,
) -> None:
    """Write the tracks of one video, as CVAT uploads them into the task of the video.

    Between its key frames a box moves on a straight line. Frames without a box are
    closed with a box that is ``outside``. The attribute ``score`` is the mean of the
    track's boxes.

    Args:
        path: The XML file.
        name: Of the video's file.
        info: The video.
        tracks: Its tracks.
        classes: Names of the actions.
        one_action: Write the attribute ``action``; else one checkbox for each class.
        tolerance: Largest distance of a corner from its straight line, pixels.
    """
    frames = info.labelled_frames() - 1
    step = int(np.diff(frames).min(initial=info.num_frames)) if len(frames) > 1 else 1
    even = len(frames) > 1 and bool((np.diff(frames) == step).all())
    first, last = (
        (int(frames[0]), int(frames[-1])) if even else (0, info.num_frames - 1)
    )
    step = step if even else 1
    with path.open("w", encoding="utf-8", newline="\n") as file:
        xml = _Xml(file)
        with xml.element("annotations"):
            xml.leaf("version", "1.1")
            _write_meta(xml, name, info, (first, last, step), classes, one_action)
            for track in tracks:
                kept = key_frames(track, step, tolerance)
                _write_track(xml, track, kept, (last, step), classes, one_action)
        xml.end()


class _Xml:
    def __init__(self, file: TextIO) -> None:
        self._xml = XMLGenerator(
            file,  # type: ignore[arg-type]
            "utf-8",
            short_empty_elements=False,
        )
        self._xml.startDocument()
        self._depth = 0

    @contextmanager
    def element(self, name: str, **attributes: str) -> Iterator[None]:
        self._line()
        self._xml.startElement(name, AttributesImpl(attributes))
        self._depth += 1
        yield
        self._depth -= 1
        self._line()
        self._xml.endElement(name)

    def leaf(self, tag: str, text: str = "", **attributes: str) -> None:
        self._line()
        self._xml.startElement(tag, AttributesImpl(attributes))
        self._xml.characters(text)
        self._xml.endElement(tag)

    def end(self) -> None:
        self._xml.endDocument()

    def _line(self) -> None:
        self._xml.ignorableWhitespace("\n" + "  " * self._depth)


def _write_meta(
    xml: _Xml,
    name: str,
    info: VideoInfo,
    frames: tuple[int, int, int],
    classes: Sequence[str],
    one_action: bool,
) -> None:
    first, last, step = frames
    with xml.element("meta"), xml.element("task"):
        size = (last - first) // step + 1
        for tag, text in (
            ("name", name),
            ("size", str(size)),
            ("mode", "interpolation"),
            ("start_frame", str(first)),
            ("stop_frame", str(last)),
            ("frame_filter", f"step={step}" if step > 1 else ""),
        ):
            xml.leaf(tag, text)
        with xml.element("labels"), xml.element("label"):
            xml.leaf("name", PERSON)
            with xml.element("attributes"):
                if one_action:
                    _write_attribute(xml, ACTION, "select", ("__undefined__", *classes))
                for name_of_class in () if one_action else classes:
                    _write_attribute(xml, name_of_class, "checkbox", ("false",))
                if _SCORE not in classes:
                    _write_attribute(xml, _SCORE, "text", ("1",), mutable=False)
        with xml.element("original_size"):
            xml.leaf("width", str(info.width))
            xml.leaf("height", str(info.height))
        xml.leaf("source", name)


def _write_attribute(
    xml: _Xml, name: str, kind: str, values: Sequence[str], mutable: bool = True
) -> None:
    with xml.element("attribute"):
        xml.leaf("name", name)
        xml.leaf("mutable", str(mutable))
        xml.leaf("input_type", kind)
        xml.leaf("default_value", values[0])
        xml.leaf("values", "\n".join(values))


def _write_track(
    xml: _Xml,
    track: PersonTrack,
    kept: np.ndarray,
    task: tuple[int, int],
    classes: Sequence[str],
    one_action: bool,
) -> None:
    last, step = task
    score = {_SCORE: f"{track.scores.mean():.4f}"}
    with xml.element("track", id=str(track.number), label=PERSON, source="auto"):
        for i in np.flatnonzero(kept).tolist():
            own = score | _attributes(track.actions[i], classes, one_action)
            frame, box = int(track.frames[i]) - 1, track.boxes[i].tolist()
            _write_box(xml, frame, box, own, outside=False)
            end = frame + step
            ends = i + 1 == len(kept) or track.frames[i + 1] - 1 > end
            if ends and end <= last:
                _write_box(xml, end, box, own, outside=True)


def _attributes(
    actions: Sequence[str], classes: Sequence[str], one_action: bool
) -> dict[str, str]:
    if one_action:
        return {ACTION: actions[0] if actions else "__undefined__"}
    return {name: str(name in actions).lower() for name in classes}


def _write_box(
    xml: _Xml, frame: int, box: Sequence[float], own: dict[str, str], outside: bool
) -> None:
    corners = dict(zip(("xtl", "ytl", "xbr", "ybr"), box, strict=True))
    with xml.element(
        "box",
        frame=str(frame),
        keyframe="1",
        outside=str(int(outside)),
        occluded="0",
        **{name: f"{value:.6f}" for name, value in corners.items()},
        z_order="0",
    ):
        for name, text in own.items():
            xml.leaf("attribute", text, name=name)
