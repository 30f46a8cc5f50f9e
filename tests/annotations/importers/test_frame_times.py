from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations.importers.frame_times import frame_times, frames_of_seconds
from stal_plugin.video import VideoProbe, probe_video


def _even(fps: float, count: int = 20_000) -> np.ndarray:
    return np.arange(count) / fps


def test_seconds() -> None:
    seconds = np.array([0.0, 0.039, 0.04, 1.0, 1.999])
    assert frames_of_seconds(seconds, _even(25.0)).tolist() == [1, 2, 2, 26, 51]
    assert frames_of_seconds(np.array([902.0]), _even(30.0), 900.0).tolist() == [61]


@given(st.integers(0, 10_000), st.sampled_from([23.976, 25.0, 29.97, 50.0, 60.0]))
def test_rounded_times_give_their_frame(index: int, fps: float) -> None:
    shown = np.array([round(index / fps, 3), index / fps + 0.5 / fps])
    assert frames_of_seconds(shown, _even(fps)).tolist() == [index + 1, index + 1]


def test_a_rate_that_varies() -> None:
    """3 s at 10, then 3 s at 50 frames per second."""
    times = np.concatenate([np.arange(30) / 10, 3 + np.arange(150) / 50])
    seconds = np.array([0.0, 2.0, 2.05, 2.99, 3.0, 4.0, 5.98])
    frames = frames_of_seconds(seconds, times)
    assert frames.tolist() == [1, 21, 21, 30, 31, 81, 180]


def test_times_before_and_behind_a_video() -> None:
    times = _even(10.0, 30)
    seconds = np.array([-0.2, 0.0, 2.9, 2.99, 3.0, 4.0])
    assert frames_of_seconds(seconds, times).tolist() == [-1, 1, 30, 30, 31, 41]
    assert frames_of_seconds(np.array([0.5]), np.zeros(1)).tolist() == [1]


def test_times_of_videos_and_folders(
    tmp_path: Path, make_video: Callable[..., Path]
) -> None:
    path = make_video(tmp_path / "a.mp4", count=5)
    assert frame_times(path, probe_video(path)) == pytest.approx(_even(25, 5))
    times = frame_times(tmp_path, VideoProbe(3, 10.0, 64, 48))
    assert times.tolist() == [0, 0.1, 0.2]
