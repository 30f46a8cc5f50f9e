import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.annotations.importers.cvat_tracks import CvatTrack


def _track(rows: list[tuple]) -> CvatTrack:
    frames = np.array([r[0] for r in rows], dtype=np.int64)
    outside = np.array([r[1] for r in rows], dtype=bool)
    boxes = np.array([r[2:] for r in rows], dtype=np.float64).reshape(-1, 4)
    return CvatTrack("0", "wipe", "", frames, boxes, outside)


def test_linear_between_key_frames_and_hidden_from_outside_on() -> None:
    track = _track([(2, 0, 0, 0, 10, 10), (6, 0, 8, 4, 18, 10), (7, 1, 8, 4, 18, 10)])
    frames, boxes = track.visible_boxes(20)
    assert frames.tolist() == [2, 3, 4, 5, 6]
    assert boxes[:, 0].tolist() == [0, 2, 4, 6, 8]
    assert boxes[:, 1].tolist() == [0, 1, 2, 3, 4]
    assert boxes[:, 2].tolist() == [10, 12, 14, 16, 18]


def test_moves_towards_an_outside_box_and_comes_back() -> None:
    track = _track(
        [
            (0, 0, 0, 0, 4, 4),
            (4, 1, 8, 0, 12, 4),
            (6, 0, 2, 2, 4, 4),
            (7, 1, 0, 0, 1, 1),
        ]
    )
    frames, boxes = track.visible_boxes(20)
    assert frames.tolist() == [0, 1, 2, 3, 6]
    assert boxes[:, 0].tolist() == [0, 2, 4, 6, 2]


def test_last_box_holds_until_the_end_of_the_task() -> None:
    track = _track([(3, 0, 1, 2, 3, 4)])
    frames, boxes = track.visible_boxes(6)
    assert frames.tolist() == [3, 4, 5, 6]
    assert (boxes == [1, 2, 3, 4]).all()


def test_nothing_is_visible_behind_the_end() -> None:
    track = _track([(2, 0, 0, 0, 4, 4), (10, 1, 8, 0, 12, 4)])
    frames, boxes = track.visible_boxes(5)
    assert frames.tolist() == [2, 3, 4, 5]
    assert boxes[:, 0].tolist() == [0, 1, 2, 3]
    assert _track([(7, 0, 0, 0, 4, 4)]).visible_boxes(5)[0].tolist() == []


def test_no_box_and_only_outside_boxes() -> None:
    assert _track([]).visible_boxes(9)[1].shape == (0, 4)
    assert _track([(1, 1, 0, 0, 1, 1)]).visible_boxes(9)[0].tolist() == []


_ROWS = st.lists(
    st.tuples(st.integers(1, 5), st.booleans(), *[st.integers(0, 50)] * 4),
    min_size=1,
    max_size=6,
)


@given(_ROWS, st.integers(0, 5))
def test_equals_a_plain_loop(rows: list[tuple], tail: int) -> None:
    frames = np.cumsum([r[0] for r in rows])
    track = _track([(f, *r[1:]) for f, r in zip(frames, rows, strict=True)])
    last = int(frames[-1]) + tail
    expected = {}
    for i, (_, outside, *box) in enumerate(rows):
        if outside:
            continue
        end = int(frames[i + 1]) if i + 1 < len(rows) else last + 1
        target = rows[i + 1][2:] if i + 1 < len(rows) else box
        for frame in range(int(frames[i]), end):
            share = (frame - frames[i]) / (end - frames[i])
            expected[frame] = np.array(box) + share * (np.array(target) - box)
    got_frames, got_boxes = track.visible_boxes(last)
    assert got_frames.tolist() == list(expected)
    for box, wanted in zip(got_boxes, expected.values(), strict=True):
        np.testing.assert_allclose(box, wanted)


def test_flags_hold_until_the_next_box() -> None:
    outside = np.array([False, False, True])
    track = CvatTrack(
        *("0", "person", "", np.array([2, 5, 7]), np.zeros((3, 4)), outside),
        occluded=np.array([True, False, False]),
        attributes=({"action": "wipe"}, {"action": "roll"}, {}),
    )
    frames, _ = track.visible_boxes(20)
    assert frames.tolist() == [2, 3, 4, 5, 6]
    assert track.governing_boxes(20).tolist() == [0, 0, 0, 1, 1]
