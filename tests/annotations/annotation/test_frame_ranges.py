import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations.annotation import (
    frames_of_ranges,
    ranges_from_json,
    ranges_of_frames,
    ranges_to_json,
)


def test_runs_become_ranges() -> None:
    frames = np.array([9, 3, 1, 2, 3, 7])
    assert ranges_of_frames(frames) == ((1, 3), (7, 7), (9, 9))
    assert ranges_to_json(ranges_of_frames(frames)) == [[1, 3], 7, 9]
    assert frames_of_ranges(((1, 3), (7, 7), (9, 9))).tolist() == [1, 2, 3, 7, 9]


@given(st.sets(st.integers(1, 60)))
def test_round_trip(frames: set[int]) -> None:
    ranges = ranges_of_frames(np.array(sorted(frames), np.int64))
    assert frames_of_ranges(ranges).tolist() == sorted(frames)
    assert ranges_from_json(ranges_to_json(ranges), 60) == ranges


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "labelled is None, must be a list"),
        ([0], r"labelled 0 is no frame and no \[first, last\] in 1..60"),
        ([[5, 61]], r"labelled \[5, 61\] is no frame"),
        ([[5, 4]], r"labelled \[5, 4\] is no frame"),
        ([[1, 2, 3]], r"labelled \[1, 2, 3\] is no frame"),
        ([True], "labelled True is no frame"),
        (["7"], "labelled '7' is no frame"),
        ([[1, 5], 5], r"labelled 5 follows \[1, 5\], must ascend"),
    ],
)
def test_faults(value: object, text: str) -> None:
    assert re.match(text, str(ranges_from_json(value, 60)))
