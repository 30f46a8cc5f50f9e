from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations.importers.frame_numbers import (
    check_frames,
    first_number,
    frames_of_seconds,
)


def test_seconds() -> None:
    seconds = np.array([0.0, 0.039, 0.04, 1.0, 1.999])
    assert frames_of_seconds(seconds, 25.0, 0.0).tolist() == [1, 2, 2, 26, 51]
    assert frames_of_seconds(np.array([902.0]), 30.0, 900.0).tolist() == [61]


@given(st.integers(0, 10_000), st.sampled_from([23.976, 25.0, 29.97, 50.0, 60.0]))
def test_rounded_times_give_their_frame(index: int, fps: float) -> None:
    shown = np.array([round(index / fps, 3), index / fps + 0.5 / fps])
    assert frames_of_seconds(shown, fps, 0.0).tolist() == [index + 1, index + 1]


def test_first_number(tmp_path: Path) -> None:
    numbers = np.array([3.0, 4.0])
    video = tmp_path / "a.mp4"
    assert first_number(numbers, 0, video)[0] == 0
    assert first_number(numbers, None, video) == (1, "frame 0 is not used")
    assert first_number(np.array([0.0, 4]), None, video) == (0, "frame 0 is used")
    for number in (5, 6):
        cv2.imwrite(str(tmp_path / f"img_{number:04d}.png"), np.zeros((4, 4, 3)))
    assert first_number(numbers, None, tmp_path)[0] == 5


def test_check_frames() -> None:
    frames = np.array([1, 10, 11, 0])
    with pytest.raises(ValueError, match="2 problem") as caught:
        check_frames("f.csv", "v", frames, 10, lambda i: f"row {i}", "Do this.")
    assert "row 2 is frame 11 of 'v', which has 10" in str(caught.value)
    assert str(caught.value).endswith("Do this.")
    check_frames("f.csv", "v", frames[:2], 10, str, "")
