from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.annotations.importers.agot import SplitRule, plan_agot
from stal_plugin.annotations.importers.agot_clips import Footage, LabelledClip
from stal_plugin.video import VideoReader

MakeClip = Callable[..., LabelledClip]
MakeFootage = Callable[..., Footage]


def test_plan_by_hand(make_clip: MakeClip, make_footage: MakeFootage) -> None:
    clips = [
        make_clip("a", 0, 9, 0),
        make_clip("b", 5, 14, 1),  # overlaps with the first
        make_clip("a", 30, 39, 2),
        make_clip("rare", 35, 44, 3),  # 40..44 show it alone
        make_clip("b", 60, 69, 4),
        make_clip("a", 80, 89, 5),
    ]
    plan = plan_agot(
        ["b", "rare", "a"], clips, [make_footage("c0", 100)], SplitRule(min_clips=2)
    )
    assert plan.selection.kept == ["a", "b"]
    assert plan.dropped_only_frames == 5
    found = [
        (s.video_id, s.segment.start, s.segment.stop, [c.person_id for c in s.clips])
        for s in plan.segments
    ]
    assert found == [
        ("c0_0001", 0, 22, [0, 1]),
        ("c0_0002", 22, 50, [2]),
        ("c0_0003", 50, 75, [4]),
        ("c0_0004", 75, 100, [5]),
    ]
    for label in ("a", "b"):
        parts = {s.split for s in plan.segments for c in s.clips if c.label == label}
        assert parts == {"train", "test"}


def test_by_source_whole_videos(make_clip: MakeClip, make_footage: MakeFootage) -> None:
    footage = [make_footage(name) for name in ("c0", "c1", "c2")]
    clips = [
        make_clip("a", 20 * i, 20 * i + 9, i, source)
        for source in ("c0", "c1", "c2")
        for i in range(4)
    ]
    rule = SplitRule(min_clips=1, split_by="source")
    plan = plan_agot(["a"], clips, footage, rule)
    by_source: dict[str, set[str]] = {}
    for segment in plan.segments:
        by_source.setdefault(segment.footage.name, set()).add(segment.split)
    assert sorted(len(parts) for parts in by_source.values()) == [1, 1, 1]
    assert sorted(p for parts in by_source.values() for p in parts) == [
        "test",
        "train",
        "train",
    ]


def test_impossible_splits_name_classes_and_remedies(
    make_clip: MakeClip, make_footage: MakeFootage
) -> None:
    footage = [make_footage("c0"), make_footage("c1")]
    clips = [make_clip("a", 0, 9), make_clip("a", 20, 29), make_clip("b", 5, 15)]
    clips += [make_clip("b", 12, 18), make_clip("a", 0, 5, source="c1")]
    with pytest.raises(
        ValueError, match=r"'b' \(2 clips\).*--split-by source.*--max-g"
    ):
        plan_agot(["a", "b"], clips, footage, SplitRule(min_clips=2))
    rule = SplitRule(min_clips=2, split_by="source")
    with pytest.raises(ValueError, match=r"'b' \(2 clips\).*use --split-by clip"):
        plan_agot(["a", "b"], clips, footage, rule)
    with pytest.raises(ValueError, match="split_by is 'day', must be one of"):
        plan_agot(["a"], clips, footage, SplitRule(split_by="day"))


_CLIPS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.integers(0, 150), st.integers(0, 40), st.booleans()
    ),
    min_size=8,
    max_size=30,
)


@settings(deadline=None, max_examples=60)
@given(_CLIPS, st.sampled_from(["clip", "source"]), st.integers(0, 3))
def test_no_frame_is_in_both_parts_and_no_box_is_lost(
    rows: list[tuple[str, int, int, bool]], split_by: str, seed: int
) -> None:

    footage = [
        Footage(n, Path(n), n, VideoReader(n), 0, 199, 10, 10) for n in ("c0", "c1")
    ]
    clips = []
    for person, (label, first, length, second) in enumerate(rows):
        frames = np.arange(first, first + length + 1)
        boxes = np.tile([0.1, 0.2, 0.3, 0.4], (len(frames), 1))
        source = "c1" if second else "c0"
        clips.append(LabelledClip(source, label, person, frames, boxes))
    rule = SplitRule(min_clips=2, split_by=split_by, seed=seed)
    try:
        plan = plan_agot(["a", "b"], clips, footage, rule)
    except ValueError as error:
        assert "--split-by" in str(error) or "no label" in str(error)  # noqa: PT017
        return
    seen = [clip.person_id for s in plan.segments for clip in s.clips]
    kept = [c.person_id for c in clips if c.label in plan.selection.kept]
    assert sorted(seen) == sorted(kept)
    for segment in plan.segments:
        for clip in segment.clips:
            assert clip.source == segment.footage.name
            assert segment.segment.start <= clip.frames[0]
            assert clip.frames[-1] < segment.segment.stop
    for name in ("c0", "c1"):
        own = [s.segment for s in plan.segments if s.footage.name == name]
        assert sum(s.num_frames for s in own) == 200
    for label in plan.selection.kept:
        parts = {s.split for s in plan.segments for c in s.clips if c.label == label}
        assert parts == {"train", "test"}
