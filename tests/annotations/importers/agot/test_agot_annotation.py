from collections.abc import Callable
from pathlib import Path

import numpy as np

from stal_plugin.annotations import VideoInfo
from stal_plugin.annotations.importers.agot import (
    AgotPlan,
    PlannedSegment,
    annotation_of_plan,
)
from stal_plugin.annotations.importers.agot_clips import Footage, LabelledClip
from stal_plugin.annotations.importers.classes import ClassSelection
from stal_plugin.annotations.importers.segments import Segment, SegmentVideo


def test_rows_and_videos(
    make_footage: Callable[..., Footage], make_clip: Callable[..., LabelledClip]
) -> None:
    footage = make_footage()
    clips = [make_clip("a", 20, 22, 5), make_clip("b", 22, 23, 6)]
    segments = [
        PlannedSegment("c0_0001", footage, Segment(0, 15), [], "test"),
        PlannedSegment("c0_0002", footage, Segment(15, 40), clips, "train"),
    ]
    plan = AgotPlan(ClassSelection({"b": 1, "a": 1}, ["b", "a"]), segments, 0)
    videos = [
        SegmentVideo(s.segment, Path(f"out/videos/{s.video_id}.mp4"), (48, 24), 25.0, 8)
        for s in segments
    ]
    pairs = [("b", "a")]
    annotation = annotation_of_plan(plan, videos, "videos", pairs, [("a", "b")])
    assert annotation.classes == ["b", "a"]
    assert annotation.mirrored_classes == pairs
    assert annotation.reversed_classes == [("a", "b")]
    assert annotation.videos == {
        "c0_0001": VideoInfo("videos/c0_0001.mp4", 25.0, 48, 24, 15, "c0", "test"),
        "c0_0002": VideoInfo("videos/c0_0002.mp4", 25.0, 48, 24, 25, "c0", "train"),
    }
    assert annotation.rows.video_ids.tolist() == ["c0_0002"] * 5
    assert annotation.rows.frames.tolist() == [6, 7, 8, 8, 9]  # 1-based in the segment
    assert annotation.rows.labels.tolist() == [1, 1, 1, 0, 0]
    assert annotation.rows.person_ids.tolist() == [5, 5, 5, 6, 6]
    np.testing.assert_array_equal(annotation.rows.boxes, [[0.1, 0.2, 0.3, 0.4]] * 5)


def test_without_clips(make_footage: Callable[..., Footage]) -> None:
    segment = PlannedSegment("c0_0001", make_footage(), Segment(0, 15), [], "test")
    plan = AgotPlan(ClassSelection({"a": 0}, ["a"]), [segment], 0)
    video = SegmentVideo(segment.segment, Path("c0_0001.mp4"), (48, 24), 25.0, 8)
    annotation = annotation_of_plan(plan, [video], "videos")
    assert annotation.rows.boxes.shape == (0, 4)
    assert len(annotation) == len(annotation.rows.video_ids) == 0
