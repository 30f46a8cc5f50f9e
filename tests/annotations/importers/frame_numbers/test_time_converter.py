from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.frame_numbers import TimeConverter
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import boxes_of_rows
from stal_plugin.video import VideoProbe


def _converter(
    *numbers: float, base: int | None = None, seconds: bool = False, **options: object
) -> tuple[TimeConverter, list[str]]:
    boxes, notes = boxes_of_rows([], {}), []
    boxes.base, boxes.seconds = base, seconds
    video = Path("a.mp4"), VideoProbe(30, 10.0, 64, 48)
    made = ImportOptions(**options)  # type: ignore[arg-type]
    given = np.array(numbers, np.float64)
    return TimeConverter(Path("x"), boxes, video, made, given, notes), notes


def _frames(convert: TimeConverter, *numbers: float) -> list[int]:
    return convert(np.array(numbers, np.float64), lambda i: f"row {i}").tolist()


def test_the_first_number() -> None:
    convert, notes = _converter(3, 0)
    assert _frames(convert, 3, 29) == [4, 30]
    assert notes == ["a: frames count from 0 (frame 0 is used); see --frame-base"]
    convert, notes = _converter(3, 1)
    assert _frames(convert, 3, 30) == [3, 30]
    convert, notes = _converter(3, 1, base=0)
    assert (_frames(convert, 3), notes) == ([4], [])
    convert, notes = _converter(3, 1, base=0, frame_base=1)
    assert (_frames(convert, 3), notes) == ([3], [])


def test_seconds() -> None:
    convert, notes = _converter(9, seconds=True, start=1.0)
    assert (_frames(convert, 1.0, 1.1, 3.9), notes) == ([1, 2, 30], [])
    convert, _ = _converter(9, seconds=True, unit="frames", frame_base=1)
    assert _frames(convert, 9) == [9]


def test_faults() -> None:
    convert, _ = _converter(1, 2)
    with pytest.raises(ValueError, match=r"row 1: frame 2\.5 is no whole.*--unit sec"):
        _frames(convert, 1, 2.5)
    with pytest.raises(ValueError, match=r"row 0: number 31 is frame 31(.|\n)*-base"):
        _frames(convert, 31)
    convert, _ = _converter(seconds=True)
    with pytest.raises(ValueError, match=r"row 0: second 4 is frame 41(.|\n)*--start"):
        _frames(convert, 4)
