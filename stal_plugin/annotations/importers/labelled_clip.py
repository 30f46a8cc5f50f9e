"""The visible part of one track: what the paper counts as a clip."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.cvat_track import CvatTrack
from stal_plugin.annotations.importers.footage import Footage


def normalize_boxes(
    boxes: NDArray[np.float64],
    size: tuple[int, int],
    tolerance: float,
    place: Callable[[int], str],
) -> tuple[NDArray[np.float64], int]:
    """Divide continuous corners by the image's size; clip what hardly sticks out.

    Args:
        boxes: ``(N, 4)`` xyxy in pixels; 0 is the left or upper edge of the image,
            ``size`` the right or lower one.
        size: Width and height in pixels that the boxes refer to.
        tolerance: Largest overshoot in pixels that is clipped.
        place: Where box i comes from, for the error.

    Returns:
        Boxes ``(N, 4)`` in [0, 1] and the number of boxes that were clipped.

    Raises:
        ValueError: A box sticks out further, is not finite or has no area inside.
    """
    limits = np.array([*size, *size], dtype=np.float64)
    inside = np.clip(boxes, 0, limits)
    overshoot = np.abs(boxes - inside).max(1, initial=0)
    empty = ~(inside[:, :2] < inside[:, 2:]).all(1)
    bad = np.flatnonzero(~(overshoot <= tolerance) | empty)
    if len(bad):
        first = int(bad[0])
        raise ValueError(
            f"{place(first)}: box {boxes[first].tolist()} (x1 y1 x2 y2) does not lie "
            f"in the image of {size[0]}x{size[1]} pixels (tolerance {tolerance:g}) or "
            f"has no area; {len(bad)} such box(es)"
        )
    return inside / limits, int((overshoot > 0).sum())


_TOLERANCE = 2.0  # pixels; CVAT itself rounds to 0.01


@dataclass(frozen=True)
class LabelledClip:
    """One action of one person, on the frames where it is visible.

    Args:
        source: Name of the footage.
        label: The action.
        person_id: Number of the track.
        frames: ``(N,)`` int64, 0-based in the footage, increasing.
        boxes: ``(N, 4)`` xyxy, normalised.
    """

    source: str
    label: str
    person_id: int
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]


@dataclass
class ClipReport:
    """What happened to the tracks on the way.

    Args:
        clipped_boxes: Boxes that stuck out of the image a little.
        held_boxes: Boxes after the last one of a track that CVAT does not end.
        invisible_tracks: Numbers of tracks that are nowhere visible.
    """

    clipped_boxes: int = 0
    held_boxes: int = 0
    invisible_tracks: list[str] | None = None


def clips_of_tracks(
    tracks: Sequence[CvatTrack], footage: Sequence[Footage]
) -> tuple[list[LabelledClip], ClipReport]:
    """Make a clip of each track that is visible.

    Args:
        tracks: Tracks of a CVAT export.
        footage: Footage of its tasks.

    Returns:
        Clips in the order of the tracks, and a report.

    Raises:
        ValueError: A box lies outside the image.
    """
    by_task = {item.task_id: item for item in footage}
    report = ClipReport(invisible_tracks=[])
    ids = _person_ids(tracks)
    clips = []
    for track, person_id in zip(tracks, ids, strict=True):
        source = by_task[track.task_id]
        frames, boxes = track.visible_boxes(source.last_frame)
        if not len(frames):
            assert report.invisible_tracks is not None
            report.invisible_tracks.append(track.track_id)
            continue
        report.held_boxes += int((frames > track.frames[-1]).sum())
        boxes, clipped = normalize_boxes(
            boxes,
            (source.width, source.height),
            _TOLERANCE,
            lambda i, t=track, f=frames: (  # type: ignore[misc]
                f"{source.path.name}: track {t.track_id}, frame {f[i]}"  # noqa: B023
            ),
        )
        report.clipped_boxes += clipped
        clips.append(LabelledClip(source.name, track.label, person_id, frames, boxes))
    return clips, report


def _person_ids(tracks: Sequence[CvatTrack]) -> list[int]:
    """CVAT's numbers, or the places in the file where they are no unique numbers."""
    texts = [track.track_id for track in tracks]
    if all(text.isdecimal() for text in texts) and len(set(texts)) == len(texts):
        return [int(text) for text in texts]
    return list(range(len(tracks)))
