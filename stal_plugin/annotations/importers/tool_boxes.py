"""Boxes as annotation tools write them, before they meet the videos."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.import_options import IGNORED
from stal_plugin.structures.box_table import BoxTable, indices_of


class ToolRow(NamedTuple):
    """One box with one action.

    Attributes:
        video: Name of the video in the tool.
        frame: Number of the frame, or seconds.
        box: x1, y1, x2, y2.
        action: Name of the action.
        track: The person; '' if unknown.
        place: Where the box is in the file, for errors.
    """

    video: str
    frame: float
    box: tuple[float, float, float, float]
    action: str
    track: str
    place: str


@dataclass
class ToolBoxes:
    """Boxes of an annotation tool, and what its file says beside them.

    Args:
        rows: The boxes; ``frames`` float64 numbers of frames or seconds as the tool
            counts them, ``labels`` places in ``classes``, ``person_ids`` places in
            ``tracks`` (-1 where unknown), ``origins`` texts. 0 is the left or upper
            edge of the image.
        classes: Names of the actions in the order of the file.
        tracks: Names of the persons; each video has its own.
        sizes: Width and height in pixels that the boxes refer to, by video, in the
            order of the videos; None where the file does not say.
        seconds: Whether ``frames`` are seconds.
        unit_open: Whether tools differ in that all the same.
        base: Number of the first frame; None if the format does not define it.
        true_frames: Whether the numbers are those of the video's frames already,
            whatever was said about steps and rates.
        base_varies: Whether tools differ in it all the same.
        named: Number in the name of the image, by video and number of the frame.
        sampled: Videos whose pictures are numbered as they were taken from it.
        played: Whether the boxes were drawn on the picture as a player shows it, its
            pixels square.
        normalized: Whether the boxes are divided by width and height.
        tolerance: Overshoot beyond the image in pixels that the format is known for.
        attributes: Names of all attributes in the file.
        left_out: How many boxes were left out, by reason.
        lengths: Frames of the videos, where the file says how many.
        listed: Frames (or seconds) that the file lists by video, without box or with.
        sparse: Whether frames that are not listed are unlabelled; else they show
            nobody.
    """

    rows: BoxTable
    classes: list[str]
    tracks: list[str]
    sizes: dict[str, tuple[int, int] | None]
    seconds: bool = False
    unit_open: bool = False
    base: int | None = None
    base_varies: bool = False
    true_frames: bool = False
    named: dict[str, dict[float, int]] = field(default_factory=dict)
    sampled: set[str] = field(default_factory=set)
    played: bool = False
    normalized: bool = False
    tolerance: float = 0.0
    attributes: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    lengths: dict[str, int] = field(default_factory=dict)
    listed: dict[str, list[float]] = field(default_factory=dict)
    sparse: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def actions(self) -> NDArray[np.object_]:
        """Name of each row's action, ``(N,)``."""
        return np.array(self.classes, dtype=object)[self.rows.labels]

    @property
    def track_names(self) -> NDArray[np.object_]:
        """Name of each row's track, ``(N,)``; '' where unknown."""
        return np.array([*self.tracks, ""], dtype=object)[self.rows.person_ids]


def without_actions(boxes: ToolBoxes, ignore: Sequence[str]) -> ToolBoxes:
    """Leave out rows by their action and count them.

    Args:
        boxes: Any boxes.
        ignore: Names of actions.

    Returns:
        The others.
    """
    ignored = np.isin(boxes.rows.labels, indices_of(np.array(ignore), boxes.classes))
    left_out = boxes.left_out + Counter({IGNORED: int(ignored.sum())})
    return replace(boxes, rows=boxes.rows.take(~ignored), left_out=left_out)


def without_area(boxes: ToolBoxes) -> ToolBoxes:
    """Leave out boxes that are a point or a line, as a click leaves them, and count.

    Args:
        boxes: Any boxes.

    Returns:
        The others. The note on those that are left out names the first one's place.
    """
    corners = boxes.rows.boxes
    flat = (corners[:, :2] == corners[:, 2:]).any(1)
    if not flat.any():
        return boxes
    first = boxes.rows.origins[np.flatnonzero(flat)[0]]
    reason = f"boxes without area, left out (the first: {first})"
    left_out = boxes.left_out + Counter({reason: int(flat.sum())})
    return replace(boxes, rows=boxes.rows.take(~flat), left_out=left_out)


def without_videos(boxes: ToolBoxes, videos: Sequence[str]) -> ToolBoxes:
    """Leave out videos and count their boxes.

    Args:
        boxes: Any boxes.
        videos: Their names.

    Returns:
        The other videos.
    """
    absent = indices_of(boxes.rows.video_ids, videos) >= 0
    counts = {
        "videos that are not there": len(videos),
        "boxes of such videos": int(absent.sum()),
    }
    return replace(
        boxes,
        rows=boxes.rows.take(~absent),
        sizes={v: size for v, size in boxes.sizes.items() if v not in set(videos)},
        sampled=boxes.sampled - set(videos),
        named={v: own for v, own in boxes.named.items() if v not in set(videos)},
        left_out=boxes.left_out + Counter(counts),
    )


def boxes_of_rows(
    rows: Sequence[ToolRow],
    sizes: dict[str, tuple[int, int] | None],
    classes: Sequence[str] = (),
    **facts: Any,
) -> ToolBoxes:
    """Turn rows into a table.

    Args:
        rows: Boxes in the order of the file.
        sizes: See :class:`ToolBoxes`; videos that only the rows name are added.
        classes: Names of the first classes; the others follow in the order of their
            first row.
        **facts: Further arguments of :class:`ToolBoxes`.

    Returns:
        The boxes.
    """
    empty: tuple[tuple, ...] = ((),) * len(ToolRow._fields)
    videos, frames, boxes, actions, tracks, places = (
        zip(*rows, strict=True) if rows else empty
    )
    names = list(dict.fromkeys([*classes, *actions]))
    known = [track for track in dict.fromkeys(tracks) if track]
    table = BoxTable(
        frames=np.array(frames, dtype=np.float64),
        boxes=np.array(boxes, dtype=np.float64).reshape(-1, 4),
        labels=indices_of(np.array(actions, dtype=object), names),
        video_ids=np.array(videos, dtype=object),
        person_ids=indices_of(np.array(tracks, dtype=object), known),
        origins=np.array(places, dtype=object),
    )
    sizes = {**sizes, **{v: None for v in dict.fromkeys(videos) if v not in sizes}}
    return ToolBoxes(table, names, known, sizes, **facts)


@dataclass
class ImageNames:
    """Names of the images that are a video's frames: two for one frame are a fault.

    Args:
        problems: Gets what is wrong.
    """

    problems: list[str] = field(default_factory=list)
    _owner: dict[tuple[str, float], str] = field(default_factory=dict)

    def add(self, video: str, frame: float, name: str) -> bool:
        """Add an image; returns whether it is the only one of its frame so far."""
        first = self._owner.setdefault((video, frame), name)
        if first == name:
            return True
        of = f" of {video}" if video else ""
        self.problems.append(f"{first} and {name} are both frame {frame:g}{of}")
        return False


SAME_FRAME = "Which of them is the video's? Take the other out, with its boxes."

_NUMBERED = re.compile(r"(?P<stem>.*?)[-_.]?(?P<number>\d+)$")
# Words that tools put before the number and that are no part of a video's name.
# Roboflow: the old suffixes as words, and a hash.
_ROBOFLOW = re.compile(r"_(jpg|jpeg|png|bmp)\.rf\.[0-9a-zA-Z]+$", re.IGNORECASE)
_OLD_SUFFIX = re.compile(r"_(mp4|avi|mov|mkv|webm|m4v)$", re.IGNORECASE)
_WORDS = re.compile(r"(?:^|[-_.])(?:frame|img|image)$", re.IGNORECASE)


def is_sampled(name: str) -> bool:
    """Whether Roboflow named an image: it numbers the pictures that it took."""
    return bool(_ROBOFLOW.search(PurePosixPath(name).stem))


def video_and_frame(name: str) -> tuple[str, int] | None:
    """Find the video and the number of the frame that an image shows.

    Args:
        name: Path of the image: ``kitchen/00012.jpg``, ``kitchen/frame_00012.jpg`` and
            ``kitchen_00012.jpg`` are frame 12 of ``kitchen``, as is Roboflow's
            ``kitchen_mp4-12_jpg.rf.0a1b2c.jpg``.

    Returns:
        Video ('' if the path names none) and number; None if there is no number.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    plain = _ROBOFLOW.sub("", path.stem)
    match = _NUMBERED.fullmatch(plain)
    if not match or len(match["number"]) > 15:
        return None
    parts = [part for part in path.parent.parts if part not in (".", "..", "/")]
    stem = _WORDS.sub("", match["stem"])
    if plain != path.stem:
        stem, parts = _OLD_SUFFIX.sub("", stem), []
    if not parts and stem:
        parts = [stem]
    return "/".join(parts), int(match["number"])
