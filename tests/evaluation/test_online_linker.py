import numpy as np
import pytest

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
