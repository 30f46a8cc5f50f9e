"""Deterministic schedule: which clip happens when, where and by whom.

A source video consists of segments, a segment of concurrent actions.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from standin.profile import ClipSpec, Profile


@dataclass(frozen=True)
class ActionPlan:
    """One action of one worker, that is one CVAT track.

    Args:
        track_id: Number of the track, unique over all sources.
        label: Class of the action.
        start: First frame, 0-based in the source video.
        length: Number of frames.
        slot: Place of the worker at the counter, 0-based from the left.
    """

    track_id: int
    label: str
    start: int
    length: int
    slot: int

    @property
    def stop(self) -> int:
        """First frame after the action."""
        return self.start + self.length


@dataclass(frozen=True)
class SegmentPlan:
    """A group of concurrent actions with the empty frames around it.

    Workers and light change from one segment to the next.

    Args:
        index: Number of the segment in its source.
        start: First frame, 0-based in the source video.
        length: Number of frames.
        actions: The actions, by start frame.
    """

    index: int
    start: int
    length: int
    actions: tuple[ActionPlan, ...]

    @property
    def stop(self) -> int:
        """First frame after the segment."""
        return self.start + self.length


@dataclass(frozen=True)
class SourcePlan:
    """One source video.

    Args:
        index: Number of the source.
        name: Name of the source, such as ``c0``.
        segments: Consecutive segments, without gaps.
    """

    index: int
    name: str
    segments: tuple[SegmentPlan, ...]

    @property
    def num_frames(self) -> int:
        """Length of the video in frames."""
        return sum(segment.length for segment in self.segments)

    @property
    def actions(self) -> list[ActionPlan]:
        """All actions of the source, by start frame within each segment."""
        return [action for segment in self.segments for action in segment.actions]


NUM_SLOTS = 3
_GAP = (5, 11)  # empty frames between two actions of one worker
_MIN_LENGTH = 8

Clip = tuple[str, int]  # label, length


def build_schedule(profile: Profile, seed: int) -> list[SourcePlan]:
    """Plan all source videos.

    Clips are dealt to the sources label by label, so that every label with as many
    clips as there are sources is in each of them. Half of the frames of each source
    lie in empty stretches between the groups.

    Args:
        profile: Size and clips.
        seed: Seed; the same seed gives the same schedule.

    Returns:
        One plan per source video. Nothing but label and length of an action depends
        on its class.
    """
    rng = np.random.default_rng([seed, 1])
    shares = np.asarray(profile.source_shares) / sum(profile.source_shares)
    dealt: list[list[Clip]] = [[] for _ in shares]
    for spec in profile.clips:
        lengths = clip_lengths(spec, rng)
        bounds = deal_bounds(spec.clips, shares, rng)
        for source, part in enumerate(np.split(rng.permutation(lengths), bounds)):
            dealt[source] += [(spec.name, int(length)) for length in part]
    plans: list[SourcePlan] = []
    track_id = 0
    for source, clips in enumerate(dealt):
        groups = max(1, round(profile.groups * shares[source]))
        segments = _plan_segments(
            clips, _draw_actors(groups, profile.actors_share, rng), track_id, rng
        )
        plans.append(SourcePlan(source, f"c{source}", segments))
        track_id += len(clips)
    return plans


def clip_lengths(spec: ClipSpec, rng: np.random.Generator) -> np.ndarray:
    """Draw the lengths of a label's clips.

    Args:
        spec: Number of clips and mean length.
        rng: Source of randomness.

    Returns:
        Frames per clip, int64, shape (clips,), at least 8.
    """
    spread = rng.uniform(0.75, 1.25, spec.clips)
    lengths = np.rint(spec.mean_length * spread / spread.mean())
    return np.maximum(lengths, _MIN_LENGTH).astype(np.int64)


def deal_bounds(clips: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Where to cut a list of clips so that each source gets its share.

    Args:
        clips: Number of clips.
        shares: Share of each source, shape (S,), sum 1.
        rng: Decides about the remainders.

    Returns:
        Cut positions for ``np.split``, shape (S - 1,). Each source gets at least one
        clip if there are enough.
    """
    floor = 1 if clips >= len(shares) else 0
    exact = shares * (clips - floor * len(shares))
    counts = np.floor(exact).astype(np.int64)
    rest = clips - floor * len(shares) - counts.sum()
    order = np.argsort(-(exact - counts) - 1e-3 * rng.random(len(shares)))
    counts[order[:rest]] += 1
    return np.cumsum(counts + floor)[:-1]


def _plan_segments(
    clips: Sequence[Clip],
    actors: Sequence[int],
    first_track: int,
    rng: np.random.Generator,
) -> tuple[SegmentPlan, ...]:
    """Plan one source: pack the clips into lanes, lanes into groups, and number."""
    groups = [group for group, count in enumerate(actors) for _ in range(count)]
    lanes = _fill_lanes(clips, groups, rng)
    starts: list[list[tuple[int, Clip, int]]] = [[] for _ in actors]
    slots = [list(rng.permutation(NUM_SLOTS)) for _ in actors]
    for group, lane in lanes:
        slot = int(slots[group].pop())
        clock = int(rng.integers(0, 12)) if starts[group] else 0
        for clip in lane:
            starts[group].append((clock, clip, slot))
            clock += clip[1] + int(rng.integers(*_GAP))
    segments: list[SegmentPlan] = []
    clock = 0
    for clips_of_group in starts:
        clips_of_group.sort()
        segment = _plan_segment(clips_of_group, len(segments), clock, first_track, rng)
        segments.append(segment)
        clock += segment.length
        first_track += len(clips_of_group)
    return tuple(segments)


def _draw_actors(
    groups: int, share: Sequence[float], rng: np.random.Generator
) -> list[int]:
    """Draw how many workers act in each group."""
    return (1 + rng.choice(len(share), size=groups, p=share)).tolist()


def _fill_lanes(
    clips: Sequence[Clip], groups: Sequence[int], rng: np.random.Generator
) -> list[tuple[int, list[Clip]]]:
    """Put each clip, in random order, into the lane that is shortest so far."""
    lanes: list[tuple[int, list[Clip]]] = [(group, []) for group in groups]
    heap = [(0, int(tie), lane) for lane, tie in enumerate(rng.permutation(len(lanes)))]
    heapq.heapify(heap)
    for index in rng.permutation(len(clips)):
        used, tie, lane = heapq.heappop(heap)
        lanes[lane][1].append(clips[index])
        heapq.heappush(heap, (used + clips[index][1] + _GAP[1], tie, lane))
    return [lane for lane in lanes if lane[1]]


def _plan_segment(
    group: Sequence[tuple[int, Clip, int]],
    index: int,
    start: int,
    first_track: int,
    rng: np.random.Generator,
) -> SegmentPlan:
    """Put as many empty frames around a group as it has frames with an action."""
    span = max((clock + clip[1] for clock, clip, _ in group), default=0)
    busy = np.zeros(span, dtype=bool)
    for clock, clip, _ in group:
        busy[clock : clock + clip[1]] = True
    inside = int(span - busy.sum())
    empty = max(30, round(int(busy.sum()) * rng.uniform(0.8, 1.2)) - inside)
    lead = round(empty * rng.uniform(0.35, 0.65))
    actions = tuple(
        ActionPlan(first_track + number, clip[0], start + lead + clock, clip[1], slot)
        for number, (clock, clip, slot) in enumerate(group)
    )
    return SegmentPlan(index, start, lead + span + empty - lead, actions)
