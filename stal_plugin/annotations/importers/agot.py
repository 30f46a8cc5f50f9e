"""Annotation of planned segments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.importers.agot_clips import Footage, LabelledClip
from stal_plugin.annotations.importers.classes import ClassSelection, select_classes
from stal_plugin.annotations.importers.segments import (
    Segment,
    SegmentVideo,
    cut_segments,
)
from stal_plugin.annotations.splits.split_units import split_units
from stal_plugin.structures.box_table import BoxTable

SPLIT_BY = ("clip", "source")


@dataclass(frozen=True)
class PlannedSegment:
    """A segment, what is in it and where it goes.

    Args:
        video_id: Id of the video to be.
        footage: The raw video.
        segment: Stretch of it.
        clips: Clips of kept classes in the segment.
        split: ``'train'`` or ``'test'``.
    """

    video_id: str
    footage: Footage
    segment: Segment
    clips: list[LabelledClip]
    split: str


@dataclass(frozen=True)
class AgotPlan:
    """Plan of a conversion.

    Args:
        selection: Kept and dropped classes.
        segments: Segments in the order of the footage.
        dropped_only_frames: Frames that show dropped classes only and thus become
            frames without a box.
    """

    selection: ClassSelection
    segments: list[PlannedSegment]
    dropped_only_frames: int


@dataclass(frozen=True)
class SplitRule:
    """How to cut and split footage.

    Args:
        min_clips: Fewest clips of a class that is kept.
        split_by: ``'clip'`` deals out segments, ``'source'`` whole source videos.
        train_ratio: Share of each class's clips to train on.
        max_gap: Empty frames that do not separate two segments yet.
        max_empty: Longest segment without a clip.
        seed: Seed of the split.
    """

    min_clips: int = 10
    split_by: str = "clip"
    train_ratio: float = 0.7
    max_gap: int = 0
    max_empty: int = 200
    seed: int = 0


def plan_agot(
    labels: Sequence[str],
    clips: Sequence[LabelledClip],
    footage: Sequence[Footage],
    rule: SplitRule,
) -> AgotPlan:
    """Select classes, cut the footage into segments and split these.

    As in the paper (arXiv:2012.08097, section 7.1) the classes with few clips are
    dropped and each class is split near 7:3 by its clips. Unlike the paper's own code,
    which makes a video of each track and forgets the other people in it, clips that
    overlap in time stay in one segment with all their boxes: no frame can be in both
    parts, none loses a box. Segments of one source still show the same scene;
    ``split_by='source'`` rules that out, too.

    Args:
        labels: All labels.
        clips: All clips.
        footage: All footage.
        rule: How to cut and split.

    Returns:
        The plan.

    Raises:
        ValueError: No class has enough clips, or one cannot be in both parts; says
            what to change.
    """
    if rule.split_by not in SPLIT_BY:
        raise ValueError(f"split_by is {rule.split_by!r}, must be one of {SPLIT_BY}")
    selection = select_classes(labels, clips, rule.min_clips)
    kept = [clip for clip in clips if clip.label in selection.kept]
    pieces: list[tuple[Footage, Segment, list[LabelledClip]]] = []
    dropped_only = 0
    for item in footage:
        own = [clip for clip in kept if clip.source == item.name]
        others = [
            clip
            for clip in clips
            if clip.source == item.name and clip.label not in selection.kept
        ]
        dropped_only += len(np.setdiff1d(_frames(others), _frames(own)))
        pieces += [(item, *piece) for piece in _cut(item, own, rule)]
    train = _split(pieces, selection.kept, rule)
    numbers: dict[str, int] = {}
    segments = []
    for (item, segment, inside), is_train in zip(pieces, train, strict=True):
        numbers[item.name] = numbers.get(item.name, 0) + 1
        video_id = f"{item.name}_{numbers[item.name]:04d}"
        split = "train" if is_train else "test"
        segments.append(PlannedSegment(video_id, item, segment, inside, split))
    return AgotPlan(selection, segments, dropped_only)


def _frames(clips: Sequence[LabelledClip]) -> NDArray[np.int64]:
    parts = [clip.frames for clip in clips]
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int64)


def _cut(
    item: Footage, clips: list[LabelledClip], rule: SplitRule
) -> list[tuple[Segment, list[LabelledClip]]]:
    spans = np.array(
        [(clip.frames[0], clip.frames[-1]) for clip in clips], dtype=np.int64
    ).reshape(-1, 2)
    segments = cut_segments(
        spans, item.first_frame, item.last_frame, rule.max_gap, rule.max_empty
    )
    starts = np.array([segment.start for segment in segments])
    owner = np.searchsorted(starts, spans[:, 0], side="right") - 1
    inside: list[list[LabelledClip]] = [[] for _ in segments]
    for clip, index in zip(clips, owner.tolist(), strict=True):
        inside[index].append(clip)
    return list(zip(segments, inside, strict=True))


def _split(
    pieces: Sequence[tuple[Footage, Segment, list[LabelledClip]]],
    classes: list[str],
    rule: SplitRule,
) -> NDArray[np.bool_]:
    """Part of each segment; segments of one unit go together."""
    by_source = rule.split_by == "source"
    keys = [item.name if by_source else i for i, (item, _, _) in enumerate(pieces)]
    units = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    counts = np.zeros((len(units), len(classes)), dtype=np.int64)
    sizes = np.zeros(len(units), dtype=np.int64)
    column = {label: k for k, label in enumerate(classes)}
    for key, (_, segment, inside) in zip(keys, pieces, strict=True):
        sizes[units[key]] += segment.num_frames
        for clip in inside:
            counts[units[key], column[clip.label]] += 1
    try:
        train = split_units(counts, sizes, rule.train_ratio, rule.seed, classes)
    except ValueError as error:
        raise ValueError(f"{error}. {_hint(rule)}") from None
    return train[[units[key] for key in keys]]


def _hint(rule: SplitRule) -> str:
    if rule.split_by == "source":
        return (
            "A unit is a source video here: use --split-by clip, add footage, or drop "
            f"these classes with a larger --min-clips (now {rule.min_clips})."
        )
    return (
        "A unit is a stretch of footage without an empty frame, for clips that overlap "
        "in time must stay together: use --split-by source, cut at shorter gaps with a "
        f"smaller --max-gap (now {rule.max_gap}), or drop these classes with a larger "
        f"--min-clips (now {rule.min_clips})."
    )


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
    number = {name: k for k, name in enumerate(classes)}
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
        rows=BoxTable(
            frames=_joined([c.frames - p.segment.start + 1 for p, c in rows], (0,)),
            boxes=_joined([clip.boxes for _, clip in rows], (0, 4)),
            labels=_repeat(rows, [number[c.label] for _, c in rows], np.int64),
            video_ids=_repeat(rows, [p.video_id for p, _ in rows], object),
            person_ids=_repeat(rows, [clip.person_id for _, clip in rows], np.int64),
        ),
    )


def _repeat(
    rows: Sequence[tuple[PlannedSegment, object]], values: Sequence, dtype: type
) -> np.ndarray:
    lengths = [len(clip.frames) for _, clip in rows]  # type: ignore[attr-defined]
    return np.repeat(np.array(values, dtype=dtype), lengths)


def _joined(parts: Sequence[np.ndarray], empty: tuple[int, ...]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(empty)
