"""Annotation of planned segments."""

from collections.abc import Sequence

import numpy as np

from stal_plugin.datasets.conversion.agot_plan import AgotPlan, PlannedSegment
from stal_plugin.datasets.conversion.segment_cutting import SegmentVideo
from stal_plugin.datasets.formats import Annotation, VideoInfo


def annotation_of_plan(
    plan: AgotPlan,
    videos: Sequence[SegmentVideo],
    folder: str,
    mirrored_classes: Sequence[tuple[str, str]] = (),
    reversed_classes: Sequence[tuple[str, str]] = (),
) -> Annotation:
    """Describe the segments' videos.

    Args:
        plan: The segments.
        videos: Their videos, in the same order.
        folder: Folder of the videos, relative to the annotation.
        mirrored_classes: Pairs of kept classes that swap under a horizontal flip.
        reversed_classes: Pairs of kept classes that show each other's motion backwards.

    Returns:
        All boxes of all kept clips.
    """
    classes = plan.selection.kept
    action_id = {label: i + 1 for i, label in enumerate(classes)}
    infos = {
        planned.video_id: VideoInfo(
            file=f"{folder}/{video.path.name}",
            fps=video.fps,
            width=video.size[0],
            height=video.size[1],
            num_frames=video.segment.num_frames,
            source=planned.footage.name,
            split=planned.split,
        )
        for planned, video in zip(plan.segments, videos, strict=True)
    }
    rows = [(p, clip) for p in plan.segments for clip in p.clips]
    return Annotation(
        classes=list(classes),
        videos=infos,
        mirrored_classes=list(mirrored_classes),
        reversed_classes=list(reversed_classes),
        video_ids=_repeat(rows, [p.video_id for p, _ in rows], object),
        frames=_joined([c.frames - p.segment.start + 1 for p, c in rows], (0,)),
        boxes=_joined([clip.boxes for _, clip in rows], (0, 4)),
        action_ids=_repeat(rows, [action_id[c.label] for _, c in rows], np.int64),
        person_ids=_repeat(rows, [clip.person_id for _, clip in rows], np.int64),
    )


def _repeat(
    rows: Sequence[tuple[PlannedSegment, object]], values: Sequence, dtype: type
) -> np.ndarray:
    lengths = [len(clip.frames) for _, clip in rows]  # type: ignore[attr-defined]
    return np.repeat(np.array(values, dtype=dtype), lengths)


def _joined(parts: Sequence[np.ndarray], empty: tuple[int, ...]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(empty)
