from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.agot_clips import Footage, find_footage
from stal_plugin.annotations.importers.cvat_tracks import CvatTask
from stal_plugin.annotations.importers.segments import (
    Segment,
    SegmentVideo,
    cut_footage,
    missing_segments,
)
from stal_plugin.video import VideoReader

CUTS = [(0, 15), (15, 16), (16, 50)]


@pytest.fixture
def footage(tmp_path: Path, make_video: Callable[..., Path]) -> Footage:
    make_video(tmp_path / "raw" / "c0.mp4", count=50, gop=20)
    return find_footage([CvatTask("1", "c0")], tmp_path / "raw")[0]


@pytest.fixture
def videos(tmp_path: Path) -> list[SegmentVideo]:
    return [
        SegmentVideo(Segment(a, b), tmp_path / "out" / f"{i}.mp4", (48, 32), 25.0, 8)
        for i, (a, b) in enumerate(CUTS)
    ]


def test_every_frame_is_in_its_segment(
    footage: Footage,
    videos: list[SegmentVideo],
    number_of: Callable[[np.ndarray], int],
) -> None:
    steps: list[int] = []
    cut_footage(footage, videos, steps.append)
    assert sum(steps) == 50
    for video, (start, stop) in zip(videos, CUTS, strict=True):
        images = list(VideoReader(video.path).iterate())
        assert images[0].shape == (32, 48, 3)
        assert [number_of(image) for image in images] == list(range(start, stop))


def test_second_run_cuts_what_is_missing_or_was_cut_otherwise(
    footage: Footage, videos: list[SegmentVideo]
) -> None:
    assert missing_segments(footage, videos) == videos
    cut_footage(footage, videos)
    assert missing_segments(footage, videos) == []
    videos[0].path.unlink()
    videos[1].path.write_bytes(b"not a video")
    assert missing_segments(footage, videos) == videos[:2]
    changed = [
        replace(videos[2], gop=4),
        replace(videos[2], size=(96, 64)),
        replace(videos[2], fps=30.0),
        replace(videos[2], segment=Segment(17, 50)),
    ]
    assert missing_segments(footage, changed) == changed
    with footage.path.open("ab") as file:
        file.write(b"\0")  # other footage of the same name
    assert missing_segments(footage, videos) == videos


def test_interruption_leaves_whole_videos_only(
    footage: Footage, videos: list[SegmentVideo]
) -> None:
    done = 0

    def stop_at_20(count: int) -> None:
        nonlocal done
        done += count
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_footage(footage, videos, stop_at_20)
    folder = videos[0].path.parent
    assert sorted(p.name for p in folder.iterdir()) == ["0.mp4", "1.mp4"]
    assert missing_segments(footage, videos) == videos[2:]
