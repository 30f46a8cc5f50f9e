from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.annotation import FrameRanges
from stal_plugin.annotations.importers.frame_numbers import (
    TimeConverter,
    labelled_ranges,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import ToolRow, boxes_of_rows
from stal_plugin.video import VideoProbe

TIMES = "stal_plugin.annotations.importers.frame_numbers.frame_times"


@pytest.fixture(autouse=True)
def _times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A video of 30 frames at 10 per second, without a file."""
    monkeypatch.setattr(TIMES, lambda *_: np.arange(30) / 10)


def _ranges(listed: list[float], **options: object) -> FrameRanges | None:
    """Of a video of 3 s at 10 fps with a box at second 1."""
    boxes = boxes_of_rows([ToolRow("a", 1.0, (0, 0, 1, 1), "w", "", "line 1")], {})
    boxes.seconds, boxes.sparse, boxes.listed = True, True, {"a": listed}
    made = ImportOptions(**options)  # type: ignore[arg-type]
    video = Path("a.mp4"), VideoProbe(30, 10.0, 64, 48)
    convert = TimeConverter(Path("x.csv"), boxes, video, made, np.zeros(0), [])
    return labelled_ranges(convert, boxes, "a", np.array([11]), made)


def test_times_become_frames_and_boxes_are_labelled() -> None:
    assert _ranges([0.0, 0.1, 2.0]) == ((1, 2), (11, 11), (21, 21))
    assert _ranges([]) == ((11, 11),)
    assert _ranges([0.0], labelled="every") is None
    assert _ranges([i / 10 for i in range(30)]) is None


def test_a_time_behind_the_video() -> None:
    with pytest.raises(ValueError, match="list of frames: second 3 is frame 31 of 'a'"):
        _ranges([3.0])
