from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations.importers.frame_numbers import (
    check_frames,
    first_number,
)


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
