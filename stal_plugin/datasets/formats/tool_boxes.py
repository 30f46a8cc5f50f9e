"""Boxes as annotation tools write them, before they meet the videos."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.action_rule import IGNORED


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
    """Boxes of an annotation tool, one row per (box, action).

    Args:
        sizes: Width and height in pixels that the boxes refer to, by video, in the
            order of the videos; None where the file does not tell.
        classes: Names of the actions in the order of the file.
        video_ids: ``(N,)`` str.
        frames: ``(N,)`` float64, numbers of frames or seconds.
        boxes: ``(N, 4)`` float64 xyxy; 0 is the left or upper edge of the image.
        actions: ``(N,)`` str.
        tracks: ``(N,)`` str; '' where unknown.
        places: ``(N,)`` str, where each row is in the file.
        seconds: Whether ``frames`` are seconds.
        base: Number of the first frame; None if the format does not define it.
        normalized: Whether the boxes are divided by width and height.
        attributes: Names of all attributes in the file.
        left_out: How many boxes were left out, by reason.
        listed: Frames (or seconds) that the file lists by video, without box or with.
        sparse: Whether frames that are not listed are unlabelled; else they show
            nobody.
    """

    sizes: dict[str, tuple[int, int] | None]
    classes: list[str]
    video_ids: NDArray
    frames: NDArray[np.float64]
    boxes: NDArray[np.float64]
    actions: NDArray
    tracks: NDArray
    places: NDArray
    seconds: bool = False
    base: int | None = None
    normalized: bool = False
    attributes: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    listed: dict[str, list[float]] = field(default_factory=dict)
    sparse: bool = False

    def __len__(self) -> int:
        return len(self.frames)


def without_actions(boxes: ToolBoxes, ignore: Sequence[str]) -> ToolBoxes:
    """Leave out rows by their action and count them.

    Args:
        boxes: Any boxes.
        ignore: Names of actions.

    Returns:
        The others.
    """
    keep = ~np.isin(boxes.actions.astype(str), list(ignore))
    if keep.all():
        return boxes
    left_out = Counter({**boxes.left_out, IGNORED: int((~keep).sum())})
    rows = ("video_ids", "frames", "boxes", "actions", "tracks", "places")
    kept = {name: getattr(boxes, name)[keep] for name in rows}
    return replace(boxes, **kept, left_out=left_out)


def boxes_of_rows(
    rows: Sequence[ToolRow], sizes: dict[str, tuple[int, int] | None]
) -> ToolBoxes:
    """Turn rows into arrays.

    Args:
        rows: Boxes in the order of the file.
        sizes: See :class:`ToolBoxes`; videos that only the rows name are added.

    Returns:
        The boxes; classes in the order of their first row.
    """
    empty: tuple[tuple, ...] = ((),) * len(ToolRow._fields)
    videos, frames, boxes, actions, tracks, places = (
        zip(*rows, strict=True) if rows else empty
    )
    return ToolBoxes(
        sizes={**sizes, **{v: None for v in dict.fromkeys(videos) if v not in sizes}},
        classes=list(dict.fromkeys(actions)),
        video_ids=np.array(videos, dtype=object),
        frames=np.array(frames, dtype=np.float64),
        boxes=np.array(boxes, dtype=np.float64).reshape(-1, 4),
        actions=np.array(actions, dtype=object),
        tracks=np.array(tracks, dtype=object),
        places=np.array(places, dtype=object),
    )
