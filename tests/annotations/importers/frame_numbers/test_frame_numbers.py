from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations.importers.frame_numbers import (
    check_frames,
    first_number,
    undecided_frames,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes, boxes_of_rows


def _boxes(**facts: object) -> ToolBoxes:
    return boxes_of_rows([], {}, **facts)


def _undecided(boxes: ToolBoxes, **options: object) -> str:
    return "\n".join(undecided_frames(boxes, ImportOptions(**options)))  # type: ignore[arg-type]


def test_numbers_and_names_of_images() -> None:
    for shift in (0, 1):  # names may count from 1, numbers from 0
        assert not _undecided(_boxes(named={"a": {n: n + shift for n in range(9)}}))
    sampled = _boxes(named={"a": {0: 0, 1: 30, 2: 60}})
    told = _undecided(sampled)
    assert told.startswith("a: frame 2 has an image that is called 60: which is the")
    assert "--frames-by number or --frames-by name?" in told
    assert not _undecided(sampled, frames_by="name")
    assert not _undecided(sampled, unit="seconds")


def test_pictures_that_a_tool_took() -> None:
    boxes = _boxes(sampled={"a"})
    assert "--sampled-fps 5? Or every which frame, --step 5" in _undecided(boxes)
    assert not _undecided(boxes, step=1)
    assert not _undecided(boxes, sampled_fps=5.0)


def test_a_first_number_that_is_1_where_formats_count_from_0() -> None:
    boxes = _boxes(base=0, base_varies=True, listed={"a": [3, 4], "b": [1, 2]})
    assert "--frame-base 1" in _undecided(boxes)
    assert not _undecided(boxes, frame_base=0)
    assert not undecided_frames(boxes, ImportOptions(), folders=["b"])
    boxes.listed["a"].append(0)
    assert not _undecided(boxes)


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
