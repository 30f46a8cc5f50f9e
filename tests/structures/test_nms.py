import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.structures import BoxTable, nms_keep
from stal_plugin.structures.iou import overlapping_pairs


def _dets(frames: list[int], boxes: list[list[float]]) -> BoxTable:
    scores = np.linspace(1, 0.1, len(frames))
    return BoxTable(
        np.array(frames, dtype=np.int64),
        np.array(boxes, dtype=np.float64).reshape(-1, 4),
        np.arange(len(frames)) % 3,
        scores=scores,
    )


def _nms(
    dets: BoxTable, thr: float = 0.4, per_class: bool = False, offset: float = 0.0
) -> BoxTable:
    keys = dets.frames * 3 + dets.labels if per_class else dets.frames
    return dets.take(nms_keep(keys, dets.boxes, thr, offset))


def _slow(dets: BoxTable, thr: float) -> list[int]:
    """Greedy NMS, box by box."""
    kept: list[int] = []
    for i in range(len(dets)):
        for j in kept:
            if dets.frames[i] != dets.frames[j]:
                continue
            a, b = dets.boxes[i], dets.boxes[j]
            w = max(0, min(a[2], b[2]) - max(a[0], b[0]))
            h = max(0, min(a[3], b[3]) - max(a[1], b[1]))
            area = sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
            if w * h > thr * (area - w * h):
                break
        else:
            kept.append(i)
    return kept


def test_a_chain_by_hand() -> None:
    # IoU of neighbours 0.6, of the ends 1 / 3: the middle one goes, the last stays.
    boxes = [[0, 0, 8, 1], [2, 0, 10, 1], [4, 0, 12, 1]]
    assert _nms(_dets([0, 0, 0], boxes)).boxes[:, 0].tolist() == [0, 4]


def test_class_does_not_matter_but_the_frame_does() -> None:
    box = [0, 0, 8, 1]
    assert _nms(_dets([0, 1, 0], [box] * 3)).frames.tolist() == [0, 1]


def test_overlap_equal_to_the_threshold_stays() -> None:
    boxes = [[0, 0, 7, 1], [3, 0, 10, 1]]  # IoU 4 / 10
    assert len(_nms(_dets([0, 0], boxes))) == 2
    assert len(_nms(_dets([0, 0], boxes), 0.39)) == 1


def test_nothing() -> None:
    assert len(_nms(_dets([], []))) == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 2**32 - 1), st.sampled_from([0.2, 0.4, 0.7]))
def test_equals_the_greedy_loop(count: int, seed: int, thr: float) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 8, (count, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 8, (count, 2))], axis=1)
    dets = _dets(rng.integers(0, 3, count).tolist(), boxes.tolist())
    fast = _nms(dets, thr)
    assert fast.scores.tolist() == dets.scores[_slow(dets, thr)].tolist()


def test_pairs_are_found_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    corner = rng.random((60, 2)) * 4
    boxes = np.concatenate([corner, corner + 3], axis=1)
    keys = rng.integers(0, 4, 60)
    whole = overlapping_pairs(keys, boxes, 0.3)
    monkeypatch.setattr("stal_plugin.structures.iou.MAX_PAIRS", 7)
    parts = overlapping_pairs(keys, boxes, 0.3)
    assert set(zip(*whole, strict=True)) == set(zip(*parts, strict=True))
    assert (whole[0] < whole[1]).all()


def test_per_class() -> None:
    dets = _dets([0, 0, 0, 0], [[0, 0, 8, 1]] * 4)  # labels 0 1 2 0
    assert _nms(dets, per_class=True).labels.tolist() == [0, 1, 2]


def test_offset() -> None:
    # 3 x 1 of 5 x 1; with + 1 it is 4 x 2 of 6 x 2
    dets = _dets([0, 0], [[0, 0, 4, 1], [1, 0, 5, 1]])
    assert len(_nms(dets, 0.62)) == 2
    assert len(_nms(dets, 0.62, offset=1)) == 1
