import numpy as np
import pytest

from stal_plugin.annotations.importers.contradictions import (
    crowded_times,
    idle_options,
    other_lengths,
    unclear_unit,
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
        names = {"a": {n: n + shift for n in range(9)}}
        assert not _undecided(_boxes(named=names, base=0))
        assert bool(_undecided(_boxes(named=names))) == bool(shift)
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


@pytest.mark.parametrize(
    ("option", "unit", "idle"),
    [
        ({"frame_base": 0}, "seconds", "--frame-base"),
        ({"step": 1}, "seconds", "--step"),
        ({"sampled_fps": 5.0}, "seconds", "--sampled-fps"),
        ({"frames_by": "name"}, "seconds", "--frames-by"),
        ({"frames_by": "name"}, "frames", "--frames-by"),
        ({"start": 900.0}, "frames", "--start"),
        ({"frame_base": 0}, "frames", ""),
        ({"start": 900.0}, "seconds", ""),
    ],
)
def test_options_without_effect(option: dict, unit: str, idle: str) -> None:
    made = ImportOptions(unit=unit, **option)
    told = idle_options(_boxes(), made)
    assert [line.split(" has no effect")[0] for line in told] == [idle] * bool(idle)
    named = _boxes(named={"a": {0: 0}})
    assert not idle_options(named, ImportOptions(frames_by="name"))


def _frames(times: np.ndarray, fps: float) -> np.ndarray:
    return np.floor((times + 1e-3) * fps).astype(np.int64) + 1


@pytest.mark.parametrize(
    ("rate", "fps", "shared"),
    [
        (30, 25, "10 of 60 times"),  # every sixth one
        (25, 24, "3 of 60 times"),
        (60, 30, "30 of 60 times"),
        (25, 25, ""),
        (1, 25, ""),
        (15, 30, ""),
        (24, 25, ""),
    ],
)
def test_times_of_another_rate(rate: float, fps: float, shared: str) -> None:
    times = np.arange(60) / rate
    told = crowded_times(times, _frames(times, fps), fps)
    assert told.startswith(shared) if shared else not told
    if shared:
        assert f"count about {rate} per second, the video has {fps}" in told


def test_times_with_two_decimals() -> None:
    """0.03 s is before frame 2 of 30 per second, which is shown from 0.0333 on."""
    times = np.round(np.arange(60) / 30, 2)
    assert crowded_times(times, _frames(times, 30), 30)
    exact = np.round(np.arange(60) / 30, 3)
    assert not crowded_times(exact, _frames(exact, 30), 30)


def test_times_that_were_chosen_by_hand() -> None:
    times = np.array([0.5, 0.51, 1.5, 2.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5])
    assert not crowded_times(times, _frames(times, 25), 25)
    few = np.arange(9) / 50
    assert not crowded_times(few, _frames(few, 25), 25)


@pytest.mark.parametrize(
    ("told", "length", "stops"),
    [(151, 150, 0), (153, 150, 0), (154, 150, 1), (146, 150, 1), (31, 30, 0)],
)
def test_lengths_that_another_rate_explains(told: int, length: int, stops: int) -> None:
    """2 % of 150 frames are 3; 24 instead of 25 per second would be 6."""
    boxes = _boxes(lengths={"a": told})
    lines = other_lengths(boxes, ImportOptions(), {"a": length, "b": 9})
    assert len(lines) == stops
    for line in lines:
        assert f"a: the file counts {told} frames, the video 150" in line
    for options in (ImportOptions(step=1), ImportOptions(sampled_fps=25.0)):
        assert not other_lengths(boxes, options, {"a": length})
    assert not other_lengths(_boxes(lengths={"a": told}, seconds=True), options, {})


@pytest.mark.parametrize(
    ("times", "stops"),
    [
        ({"a": [1, 2, 3]}, True),
        ({"a": [0, 1, 2, 3, 4, 5], "b": [1]}, True),
        ({"a": [2]}, False),  # a single second
        ({"a": [1]}, False),
        ({"a": [1, 2, 3, 4, 5, 6]}, False),  # a label per second of the whole video
        ({"a": [1, 2, 3], "b": [4]}, False),
        ({"a": [1, 3]}, False),
        ({"a": []}, False),
    ],
)
def test_times_that_may_be_frames(times: dict, stops: bool) -> None:
    """Videos of 100 frames and 10 seconds."""
    boxes = _boxes(seconds=True, unit_open=True, listed=times)
    spans = dict.fromkeys(times, (100, 10.0))
    told = "".join(unclear_unit(boxes, ImportOptions(), spans))
    assert ("--unit seconds or --unit frames" in told) == stops
    for decided in (ImportOptions(unit="seconds"), ImportOptions(start=900.0)):
        assert not unclear_unit(boxes, decided, spans)
    boxes.unit_open = False
    assert not unclear_unit(boxes, ImportOptions(), spans)
