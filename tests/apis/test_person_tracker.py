import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.apis.person_tracker import PersonTracker
from stal_plugin.evaluation import OnlineLinker

A, B = (0.0, 0.0, 10.0, 20.0), (50.0, 0.0, 60.0, 20.0)


def _update(tracker: PersonTracker, boxes: list, labels: list, scores: list) -> tuple:
    rows = np.array(boxes, np.float32).reshape(-1, 4)
    return tracker.update(rows, np.array(labels, int), np.array(scores, np.float32))


def test_ids_go_with_the_boxes() -> None:
    tracker = PersonTracker(OnlineLinker(3))
    ids, tracks = _update(tracker, [A, B, A], [0, 1, 2], [0.9, 0.8, 0.3])
    assert ids.tolist() == [0, 1, 0]  # two labels of one box
    assert [t.label for t in tracks] == [0, 1]
    ids, _ = _update(tracker, [B, A], [1, 0], [0.9, 0.8])
    assert ids.tolist() == [1, 0]
    ids, tracks = _update(tracker, [], [], [])
    assert (ids.tolist(), tracks) == ([], ())


def test_gaps_end_tracks_and_ids_go_on() -> None:
    tracker = PersonTracker(OnlineLinker(3, max_misses=2))
    _update(tracker, [A], [0], [0.9])
    tracker.break_off()
    assert _update(tracker, [A], [0], [0.9])[0].tolist() == [1]
    for _ in range(2):
        _update(tracker, [], [], [])
    assert _update(tracker, [A], [0], [0.9])[0].tolist() == [1]


def test_a_used_linker_starts_anew() -> None:
    linker = OnlineLinker(3)
    _update(PersonTracker(linker), [A], [0], [0.9])
    assert _update(PersonTracker(linker), [B], [0], [0.9])[0].tolist() == [0]


@given(st.lists(st.lists(st.integers(0, 4), max_size=8), max_size=5))
def test_rows_have_equal_ids_exactly_if_boxes_are_equal(frames: list) -> None:
    tracker = PersonTracker(OnlineLinker(1))
    for places in frames:
        boxes = [(40.3 * p, 1 / 3, 40.3 * p + 10, 9.1) for p in places]
        ids, tracks = _update(tracker, boxes, [0] * len(boxes), [0.5] * len(boxes))
        pairs = set(zip(places, ids.tolist(), strict=True))
        assert len(pairs) == len(set(places)) == len(tracks)
