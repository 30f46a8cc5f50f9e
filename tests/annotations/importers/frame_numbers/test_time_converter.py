from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations.importers.frame_numbers import TimeConverter
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import boxes_of_rows
from stal_plugin.video import VideoProbe

TIMES = "stal_plugin.annotations.importers.frame_numbers.frame_times"


@pytest.fixture(autouse=True)
def _times(monkeypatch: pytest.MonkeyPatch) -> None:
    """A video of 30 frames at 10 per second, without a file."""
    monkeypatch.setattr(TIMES, lambda *_: np.arange(30) / 10)


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


def test_pictures_that_were_taken_from_a_video() -> None:
    convert, _ = _converter(0, 1, 2, step=5)
    assert _frames(convert, 0, 1, 5) == [1, 6, 26]
    convert, _ = _converter(1, 2, base=0, frame_base=1, sampled_fps=2.0)
    assert _frames(convert, 1, 2, 6) == [1, 6, 26]
    with pytest.raises(ValueError, match=r"number 7 is frame 31 (.|\n)*--sampled-fps"):
        _frames(convert, 7)


def test_names_of_images_decide() -> None:
    boxes, names = boxes_of_rows([], {}), {0.0: 0, 1.0: 10, 2.0: 20}
    boxes.base = 0
    video = Path("a.mp4"), VideoProbe(30, 10.0, 64, 48)
    facts = np.array([0.0, 1, 2]), [], names
    by_name = ImportOptions(frames_by="name")
    convert = TimeConverter(Path("x"), boxes, video, by_name, *facts)
    assert _frames(convert, 0, 1, 2) == [1, 11, 21]
    convert = TimeConverter(Path("x"), boxes, video, ImportOptions(), *facts)
    assert _frames(convert, 0, 1, 2) == [1, 2, 3]


def test_a_folder_of_every_second_frame(tmp_path: Path) -> None:
    """The numbers in the names are looked up, wherever they start."""
    for number in (4, 6, 8):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((4, 4, 3)))
    boxes, notes = boxes_of_rows([], {}), []
    video = tmp_path, VideoProbe(3, 12.5, 4, 4)
    numbers = np.array([4.0, 8])
    convert = TimeConverter(Path("x"), boxes, video, ImportOptions(), numbers, notes)
    assert _frames(convert, 4, 6, 8) == [1, 2, 3]
    assert (
        "numbered in steps of 2; they are the frames of the video, 12.5 per second"
        in notes[1]
    )
    with pytest.raises(ValueError, match="number 5 is frame 0 of"):
        _frames(convert, 5)
    boxes.base, names = 0, {4.0: 4, 6.0: 6, 8.0: 8}
    facts = numbers, notes, names
    convert = TimeConverter(Path("x"), boxes, video, ImportOptions(), *facts)
    assert _frames(convert, 4, 8) == [1, 3]
