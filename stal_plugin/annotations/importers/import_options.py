"""How foreign annotations are to be read: which boxes act, names of classes, units."""

import argparse
import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

#: What was left out.
NO_ACTION = "boxes without an action"

IGNORED = "boxes with an ignored action"

_NOTHING = ("", "__undefined__")  # an attribute that nobody set, and CVAT's word for it


@dataclass(frozen=True)
class ActionRule:
    """Where a tool's boxes hold their actions.

    Args:
        attributes: Names of the attributes that hold actions; () takes the label. The
            value ``true`` of an attribute means the action of the attribute's name,
            ``false`` no action, another text one action or several with commas.
        ignore: Labels and values that are no action, such as ``none``.
        track: Attribute that holds the track, for tools without tracks; '' for none.
    """

    attributes: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    track: str = ""

    def actions(
        self, label: str, attributes: Mapping[str, str], left_out: Counter[str]
    ) -> list[str]:
        """Actions of one box.

        Args:
            label: Its label.
            attributes: Its attributes.
            left_out: Counts ignored actions, and boxes that show none.

        Returns:
            Names without repeats; none for a box that shows no action.
        """
        values = [] if self.attributes else [label]
        for name in self.attributes:
            text = attributes.get(name, "")
            if text.lower() in ("true", "false"):
                values += [name] * (text.lower() == "true")
            else:
                values += text.split(",")
        names = dict.fromkeys(name.strip() for name in values)
        shown = [name for name in names if name not in _NOTHING]
        actions = [name for name in shown if name not in self.ignore]
        left_out[NO_ACTION] += not shown
        left_out[IGNORED] += len(shown) - len(actions)
        return actions

    def track_of(self, attributes: Mapping[str, str], told: str = "") -> str:
        """Track of one box: by the attribute that holds it, if there is one.

        Args:
            attributes: Attributes of the box.
            told: Its track as the tool itself says; counts without such an attribute.
        """
        return attributes.get(self.track, "") if self.track else told


@dataclass(frozen=True)
class ImportOptions:
    """How foreign annotations are to be read.

    Args:
        rule: Where a tool's boxes hold actions and tracks.
        labels: File with the names of the classes; see ``read_label_list``.
        frame_base: Number of a video's first frame; None: what the format says.
        unit: ``'seconds'`` or ``'frames'`` of timestamps; None: what the format says.
        start: Timestamp in seconds of a video's first frame (AVA: 900).
        step: Distance in frames of pictures that are numbered one by one. Of a pickle
            of tubes, which numbers every frame: of the pictures that the videos have.
        sampled_fps: Pictures per second of such numbers, instead.
        frames_by: ``'number'`` or ``'name'``: what tells the frame where the number
            that the file gives to an image and that in its name differ; None stops.
        stretched: Whether the boxes refer to pictures that were stretched to another
            aspect ratio.
        size: Width and height in pixels that the boxes refer to; None: what the file
            says, or else the video's.
        rotate: Clockwise turn of the boxes in degrees, for boxes that were drawn on
            frames without the rotation that the video asks for.
        tolerance: Largest overshoot beyond the image in pixels that is clipped.
        split: Official split of ground truth pickles.
        within_video_ratio: Instead of an official split of a pickle: train on this
            share of each video's frames from its start, test on the rest.
        unseen: Videos of a pickle that get split ``'unseen'`` as a whole.
        all_classes: Keep the classes without a box, too.
        labelled: ``'every'`` frame of a video is labelled, or those ``'listed'`` in
            the file; None: what the format says.
        present_only: Leave out the videos that are not there.
        drop_occluded: Leave out boxes that CVAT marks as occluded.
    """

    rule: ActionRule = field(default_factory=ActionRule)
    labels: Path | None = None
    frame_base: int | None = None
    unit: str | None = None
    start: float = 0.0
    step: int | None = None
    sampled_fps: float | None = None
    frames_by: str | None = None
    stretched: bool = False
    size: tuple[int, int] | None = None
    rotate: int = 0
    tolerance: float = 2.0
    split: int = 1
    within_video_ratio: float | None = None
    unseen: Sequence[str] = ()
    all_classes: bool = False
    drop_occluded: bool = False
    present_only: bool = False
    labelled: str | None = None


# Options that a format does not have.
_ONLY_TUBES_HAVE = {
    "split": "--split",
    "within_video_ratio": "--within-video-ratio",
    "unseen": "--unseen",
}
_TUBES_LACK = {
    **{"rule": "--action, --ignore or --track", "labels": "--labels"},
    **{"frame_base": "--frame-base", "unit": "--unit", "start": "--start"},
    **{"size": "--size", "rotate": "--rotate", "tolerance": "--tolerance"},
    **{"drop_occluded": "--drop-occluded", "labelled": "--labelled"},
    **{"sampled_fps": "--sampled-fps", "stretched": "--stretched"},
    "frames_by": "--frames-by",
}


def check_options(form: str, options: ImportOptions) -> None:
    """Refuse options that would have no effect.

    Args:
        form: Name of the format, as after ``--from``.
        options: What the user asks for.

    Raises:
        ValueError: Names the first such option.
    """
    of_tubes = form in ("tubes", "multisports")
    lacking = _TUBES_LACK if of_tubes else _ONLY_TUBES_HAVE
    if form != "cvat" and not of_tubes:
        lacking = {**lacking, "drop_occluded": "--drop-occluded"}
    plain = ImportOptions()
    for name, flag in lacking.items():
        if getattr(options, name) != getattr(plain, name):
            raise ValueError(f"--from {form} has no {flag}: leave it out")


_ITEM = re.compile(r"(?:item|label)\s*\{([^{}]*)\}")
_NAME = re.compile(r"\bname\s*:\s*(?:\"([^\"]*)\"|'([^']*)')")
_ID = re.compile(r"\b(?:id|label_id)\s*:\s*(\d{1,9})\b")
_NUMBERED = re.compile(r"(\d{1,9})\s*[:,]\s*(.+)")

_FIX = (
    'Write one name per line, or "1: name" lines, or AVA\'s '
    'item { name: "..." id: 1 } blocks.'
)


def read_label_list(path: str | PathLike) -> dict[int, str]:
    """Read a list of classes.

    Args:
        path: One name per line (numbered from 1), lines ``1: name``, AVA's pbtxt, or a
            csv with the columns ``label_id,label_name``.

    Returns:
        Names by number, ascending.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: There is no name in it, or a number or name is there twice.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no list of labels {path}. {_FIX}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except ValueError:
        raise ValueError(f"{path} is no text in UTF-8. {_FIX}") from None
    pairs = _blocks(text) or _lines(text)
    names = dict(pairs)
    if not pairs or len(names) < len(pairs) or len(set(names.values())) < len(pairs):
        what = "numbers or names are there twice" if pairs else "there is no name in it"
        raise ValueError(f"{path}: {what}. {_FIX}")
    return dict(sorted(names.items()))


def _blocks(text: str) -> list[tuple[int, str]]:
    pairs = []
    for body in _ITEM.findall(text):
        name, number = _NAME.search(body), _ID.search(body)
        if name and number:
            pairs.append((int(number[1]), name[1] or name[2] or ""))
    return [(number, name) for number, name in pairs if name]


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    table = list(csv.reader(lines))
    if table and table[0][:2] == ["label_id", "label_name"]:  # AVA's names as a csv
        rows = [row for row in table[1:] if len(row) > 1 and row[0].isdecimal()]
        return [(int(row[0]), row[1].strip()) for row in rows]
    matches = [_NUMBERED.fullmatch(line) for line in lines]
    if lines and all(matches):
        return [(int(m[1]), m[2].strip()) for m in matches if m]
    return list(enumerate(lines, start=1))


def width_and_height(text: str) -> tuple[int, int]:
    """Read an argument such as ``1920x1080``.

    Args:
        text: The argument.

    Returns:
        Width and height.

    Raises:
        argparse.ArgumentTypeError: It is no size.
    """
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdecimal() and int(p) > 0 for p in parts):
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is e.g. 320x240")
    return int(parts[0]), int(parts[1])
