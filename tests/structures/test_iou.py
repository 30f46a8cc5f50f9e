import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stal_plugin.structures import iou as iou_module
from stal_plugin.structures.iou import best_overlap, elementwise_iou


def slow_iou(a: np.ndarray, b: np.ndarray) -> float:
    """One pair, written without regard to the package."""
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return w * h / (area - w * h)


def random_boxes(rng: np.random.Generator, size: int) -> np.ndarray:
    corner = rng.integers(0, 6, (size, 2)).astype(float)
    return np.concatenate([corner, corner + rng.integers(1, 5, (size, 2))], 1)


def test_iou_by_hand() -> None:
    a = np.array([[0.0, 0, 2, 1], [0, 0, 2, 2], [0, 0, 1, 1], [0, 0, 0, 0]])
    b = np.array([[0.0, 0, 1, 1], [1, 1, 3, 3], [1, 0, 2, 1], [0, 0, 0, 0]])
    assert elementwise_iou(a, b).tolist() == [0.5, 1 / 7, 0, 0]
    # inclusive corners: 3x2 and 2x2 pixels share 2x2; 3x3 twice share 2x2
    assert elementwise_iou(a, b, 1.0)[:2].tolist() == [4 / 6, 4 / 14]


def test_only_equal_keys_meet_and_the_first_of_equals_wins() -> None:
    box = np.array([[0.0, 0, 2, 2]])
    boxes2 = np.array([[0.0, 0, 2, 2], [0, 0, 1, 2], [0, 0, 1, 2], [1, 0, 2, 2]])
    iou, index = best_overlap(
        np.array([7, 8, 9]), box.repeat(3, 0), np.array([9, 7, 7, 7]), boxes2
    )
    assert iou.tolist() == [0.5, 0, 1]
    assert index.tolist() == [1, -1, 0]


def test_nothing_on_either_side() -> None:
    none, key = np.zeros((0, 4)), np.zeros(0, int)
    iou, index = best_overlap(key, none, key, none)
    assert len(iou) == len(index) == 0
    iou, index = best_overlap(np.array([1]), np.array([[0.0, 0, 1, 1]]), key, none)
    assert iou.tolist() == [0]
    assert index.tolist() == [-1]


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.int64, st.integers(0, 12), elements=st.integers(0, 3)),
    arrays(np.int64, st.integers(0, 12), elements=st.integers(0, 3)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
)
def test_parity_with_a_loop(
    keys1: np.ndarray, keys2: np.ndarray, seed: int, max_pairs: int
) -> None:
    rng = np.random.default_rng(seed)
    boxes1, boxes2 = random_boxes(rng, len(keys1)), random_boxes(rng, len(keys2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iou_module, "MAX_PAIRS", max_pairs)
        iou, index = best_overlap(keys1, boxes1, keys2, boxes2)
    for i in range(len(keys1)):
        best, partner = 0.0, -1
        for j in range(len(keys2)):
            value = slow_iou(boxes1[i], boxes2[j])
            if keys1[i] == keys2[j] and (partner < 0 or value > best):
                best, partner = value, j
        assert iou[i] == pytest.approx(best)
        assert index[i] == partner


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3]), st.sampled_from([0, 1]))
def test_pairs_between_lists_every_pair(seed: int, thr: float, offset: int) -> None:
    rng = np.random.default_rng(seed)
    num1, num2 = rng.integers(0, 20, 2)
    keys1, keys2 = rng.integers(0, 3, num1), rng.integers(0, 3, num2)
    boxes1, boxes2 = random_boxes(rng, num1), random_boxes(rng, num2)
    first, second, iou = iou_module.pairs_between(
        keys1, boxes1, keys2, boxes2, thr, offset
    )
    expected, plus = {}, np.array([0, 0, offset, offset])
    for i in range(num1):
        for j in range(num2):
            grown = boxes1[i] + plus, boxes2[j] + plus
            value = slow_iou(*grown)
            if keys1[i] == keys2[j] and value > 0 and value >= thr:
                expected[i, j] = value
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    assert dict(zip(pairs, iou, strict=True)) == pytest.approx(expected)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_overlapping_pairs_with_inclusive_corners(seed: int) -> None:
    rng = np.random.default_rng(seed)
    boxes, keys = random_boxes(rng, 15), rng.integers(0, 2, 15)
    plus_one = boxes + np.array([0, 0, 1, 1])
    first = iou_module.overlapping_pairs(keys, boxes, 0.2, 1.0)
    second = iou_module.overlapping_pairs(keys, plus_one, 0.2)
    assert set(zip(*first, strict=True)) == set(zip(*second, strict=True))
