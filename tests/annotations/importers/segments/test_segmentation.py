from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations.importers.segments import Segment, cut_segments


def _cut(spans: list, last: int, **options: int) -> list[tuple[int, int]]:
    array = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return [(s.start, s.stop) for s in cut_segments(array, 0, last, **options)]


def test_cuts_in_the_middle_of_empty_stretches() -> None:
    # 10-19 and 15-29 overlap; 30..39 is empty; 40-49 follows; 50 touches 49.
    assert _cut([(15, 29), (10, 19), (40, 49), (50, 60)], 99) == [(0, 35), (35, 100)]


def test_one_empty_frame_is_enough_and_max_gap_bridges() -> None:
    spans = [(0, 9), (11, 19), (23, 30)]
    assert _cut(spans, 30) == [(0, 10), (10, 21), (21, 31)]
    assert _cut(spans, 30, max_gap=1) == [(0, 21), (21, 31)]
    assert _cut(spans, 30, max_gap=3) == [(0, 31)]


def test_long_empty_stretches_become_segments_of_bounded_length() -> None:
    # 10..89 is empty: 10 frames stay with each neighbour, 60 are three segments.
    assert _cut([(0, 9), (90, 99)], 99, max_empty=20) == [
        (0, 20),
        (20, 40),
        (40, 60),
        (60, 80),
        (80, 100),
    ]
    # at the ends only the side of the clip keeps its share
    assert _cut([(30, 39)], 69, max_empty=20) == [(0, 20), (20, 50), (50, 70)]


def test_no_clip_at_all() -> None:
    assert _cut([], 9) == [(0, 10)]
    assert _cut([], 99, max_empty=40) == [(0, 33), (33, 67), (67, 100)]
    assert Segment(3, 10).num_frames == 7


_SPANS = st.lists(st.tuples(st.integers(5, 300), st.integers(0, 60)), max_size=12)


@given(_SPANS, st.integers(0, 10), st.integers(1, 80))
def test_properties(pairs: list[tuple[int, int]], max_gap: int, max_empty: int) -> None:
    spans = np.array([(a, a + n) for a, n in pairs], dtype=np.int64).reshape(-1, 2)
    segments = cut_segments(spans, 5, 400, max_gap, max_empty)
    # all frames, each once
    assert segments[0].start == 5
    assert segments[-1].stop == 401
    for left, right in pairwise(segments):
        assert left.stop == right.start
        # a cut lies on or beside empty frames: no clip crosses it
        assert not ((spans[:, 0] < left.stop) & (spans[:, 1] >= left.stop)).any()
    for segment in segments:
        inside = (spans[:, 0] >= segment.start) & (spans[:, 1] < segment.stop)
        assert segment.num_frames > 0
        if not inside.any():
            assert segment.num_frames <= max_empty
