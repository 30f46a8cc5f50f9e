import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation import OnlineLinker

BOX, NEAR, FAR = [0.0, 0, 10, 10], [1.0, 0, 11, 10], [50.0, 50, 60, 60]


def _update(linker: OnlineLinker, frame: int, *rows: tuple) -> list[tuple]:
    """Feed rows (box, label, score); return (id, label, score) of what was seen."""
    boxes, labels, scores = zip(*rows, strict=True) if rows else ((), (), ())
    seen = linker.update(
        frame,
        np.array(boxes, float).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array(scores, float),
    )
    return [(t.track_id, t.label, round(t.score, 9)) for t in seen]


def test_ids_follow_the_actors_whatever_the_order_of_the_boxes() -> None:
    linker = OnlineLinker(2)
    assert _update(linker, 1, (BOX, 0, 0.9), (FAR, 1, 0.5)) == [
        (0, 0, 0.9),
        (1, 1, 0.5),
    ]
    seen = _update(linker, 2, (FAR, 1, 0.5), (NEAR, 0, 0.9), (BOX, 0, 0.2))
    assert [row[0] for row in seen] == [1, 2, 0]  # BOX overlaps track 0 most


def test_label_is_voted_for() -> None:
    linker = OnlineLinker(2, memory=0.5)
    _update(linker, 1, (BOX, 0, 0.8))
    assert _update(linker, 2, (BOX, 1, 0.6)) == [(0, 0, 0.4)]  # .4 against .3
    assert _update(linker, 3, (BOX, 1, 0.6)) == [(0, 1, 0.45)]  # .2 against .45


def test_a_box_with_several_labels_is_one_actor() -> None:
    linker = OnlineLinker(3, memory=0)
    (track,) = linker.update(
        1, np.array([BOX, BOX]), np.array([2, 0]), np.array([0.3, 0.6])
    )
    assert track.class_scores.tolist() == [0.6, 0, 0.3]
    assert track.label == 0


def test_per_class_keeps_labels_apart() -> None:
    linker = OnlineLinker(2, per_class=True)
    _update(linker, 1, (BOX, 0, 0.8), (BOX, 1, 0.7))
    seen = _update(linker, 2, (BOX, 1, 0.7))
    assert seen == [(1, 1, 0.7)]
    assert len(linker.tracks) == 2


def test_misses() -> None:
    for frame, expected in ((4, 0), (5, 1)):
        linker = OnlineLinker(1, max_misses=2)
        _update(linker, 1, (BOX, 0, 0.9))
        assert _update(linker, 2) == []
        assert _update(linker, frame, (BOX, 0, 0.9))[0][0] == expected
    # the track that ended is gone
    assert [t.track_id for t in linker.tracks] == [1]


def test_fields_of_a_track() -> None:
    linker = OnlineLinker(1)
    _update(linker, 3, (BOX, 0, 0.9))
    _update(linker, 5, (NEAR, 0, 0.9))
    (track,) = linker.tracks
    assert (track.first_frame, track.last_frame, track.num_hits) == (3, 5, 2)
    assert track.box.tolist() == NEAR
    linker.reset()
    assert (linker.tracks, linker.num_started) == ([], 0)
    assert _update(linker, 1, (BOX, 0, 0.9)) == [(0, 0, 0.9)]


def test_the_future_does_not_change_the_past() -> None:
    rng = np.random.default_rng(0)
    frames = []
    for _ in range(12):
        corner = rng.uniform(0, 20, (4, 2))
        boxes = np.concatenate([corner, corner + 10], axis=1).tolist()
        labels, scores = rng.integers(0, 3, 4).tolist(), rng.random(4).tolist()
        frames.append(list(zip(boxes, labels, scores, strict=True)))
    whole, part = OnlineLinker(3), OnlineLinker(3)
    first = [_update(whole, t, *rows) for t, rows in enumerate(frames)]
    second = [_update(part, t, *rows) for t, rows in enumerate(frames[:7])]
    assert first[:7] == second
    assert len({row[0] for seen in first for row in seen}) == whole.num_started


def test_faults() -> None:
    linker = OnlineLinker(2)
    _update(linker, 5)
    with pytest.raises(ValueError, match="frame 5 comes after frame 5"):
        _update(linker, 5)
    with pytest.raises(ValueError, match=r"label 2 is not in 0\.\.1"):
        _update(linker, 6, (BOX, 2, 0.5))
    with pytest.raises(ValueError, match=r"detections\.scores\[0\] is nan"):
        _update(linker, 7, (BOX, 0, float("nan")))
    for wrong in ({"iou_thr": 0}, {"memory": 1}, {"max_misses": -1}):
        with pytest.raises(ValueError, match="must be"):
            OnlineLinker(2, **wrong)


def test_videos_in_step_are_linked_as_if_alone() -> None:
    # the same boxes in both videos, and in the second one an actor more
    boxes = np.array([BOX, FAR, BOX])
    streams, votes = np.array([0, 1, 1]), np.array([[0.9], [0.8], [0.7]])
    linker = OnlineLinker(1)
    assert linker.link_streams(1, streams, boxes, votes).ids.tolist() == [0, 0, 1]
    seen = linker.link_streams(2, streams, boxes[[1, 0, 1]], votes)
    assert seen.ids.tolist() == [1, 1, 0]
    assert seen.num_hits.tolist() == [1, 2, 2]
    assert linker.num_started == 4
    # a video that begins later counts from 0
    assert linker.link_streams(3, np.array([5]), boxes[:1], votes[:1]).ids[0] == 0


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
    return w * h / (area - w * h)


def _slow(frames: list, max_misses: int, memory: float) -> list[list[tuple]]:
    """Link with loops; of each frame (id, scores) of its boxes."""
    tracks: list[dict] = []
    result = []
    number = 0
    for now, (boxes, votes) in enumerate(frames):
        tracks = [t for t in tracks if now - t["last"] <= max_misses + 1]
        tracks.sort(key=lambda t: (-max(t["scores"]), t["id"]))
        free = list(range(len(boxes)))
        got: dict[int, dict] = {}
        for track in tracks:
            fits = [(-_iou(track["box"], boxes[i]), i) for i in free]
            fits = [fit for fit in fits if -fit[0] >= 0.3]
            if fits:
                place = min(fits)[1]
                free.remove(place)
                got[place] = track
        for i, (box, vote) in enumerate(zip(boxes, votes, strict=True)):
            if i in got:
                mixed = zip(got[i]["scores"], vote, strict=True)
                scores = [memory * a + (1 - memory) * b for a, b in mixed]
            else:
                got[i] = {"id": number}
                tracks.append(got[i])
                scores = vote.tolist()
                number += 1
            got[i].update(box=box, scores=scores, last=now)
        result.append([(got[i]["id"], got[i]["scores"]) for i in range(len(boxes))])
    return result


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), max_misses=st.integers(0, 2))
def test_equals_the_loop(seed: int, max_misses: int) -> None:
    rng = np.random.default_rng(seed)
    frames = []
    for _ in range(8):
        corner = rng.uniform(0, 8, (int(rng.integers(0, 5)), 2))
        boxes = np.concatenate([corner, corner + rng.uniform(4, 8, corner.shape)], 1)
        frames.append((boxes, rng.random((len(boxes), 3))))
    linker = OnlineLinker(3, max_misses=max_misses)
    for t, expected in enumerate(_slow(frames, max_misses, 0.8)):
        seen = linker.link(t, *frames[t])
        assert [track.track_id for track in seen] == [row[0] for row in expected]
        for track, (_, scores) in zip(seen, expected, strict=True):
            np.testing.assert_allclose(track.class_scores, scores)
