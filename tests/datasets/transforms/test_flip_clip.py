# ruff: noqa: NPY002 -- mmaction.Flip draws from the global generator
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.datasets.annotation_checks import mirrored_permutation
from stal_plugin.datasets.transforms import FlipClip
from stal_plugin.datasets.transforms.flip_clip import mirror_labels

MIRRORED = mirrored_permutation("abcd", [("a", "c")])


def make_results(labels: np.ndarray, **kwargs) -> dict:
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    boxes = np.array([[0, 1, 2, 3]] * len(labels), np.float32).reshape(-1, 4)
    return {
        "imgs": [image, image, image + 1],
        "img_shape": (4, 6),
        "modality": "RGB",
        "gt_bboxes": boxes,
        "gt_labels": labels,
        "mirrored_labels": MIRRORED,
        **kwargs,
    }


def test_frames_boxes_and_labels_by_hand():
    before = make_results(np.array([0, 1, 2, 3]))
    first, last = before["imgs"][0].copy(), before["imgs"][2].copy()
    results = FlipClip(flip_ratio=1.0)(before)
    # A frame that the clip repeats is one array: it must not be flipped twice.
    expected = np.stack([first[:, ::-1], first[:, ::-1], last[:, ::-1]])
    np.testing.assert_array_equal(results["imgs"], expected)
    assert results["gt_bboxes"].tolist() == [[4, 1, 6, 3]] * 4
    assert results["gt_labels"].tolist() == [2, 1, 0, 3]
    assert results["flip"] is True


def test_the_decoders_frames_are_not_touched():
    before = make_results(np.array([0]))
    image = before["imgs"][0]
    kept = image.copy()
    FlipClip(flip_ratio=1.0)(before)
    np.testing.assert_array_equal(image, kept)


def test_multi_hot_labels_swap_columns():
    labels = np.array([[1, 0, 0, 1], [0, 1, 1, 0]], np.float32)
    results = FlipClip(flip_ratio=1.0)(make_results(labels))
    assert results["gt_labels"].tolist() == [[0, 0, 1, 1], [1, 1, 0, 0]]


def test_no_flip_changes_nothing():
    before = make_results(np.array([0, 2]))
    frames = np.stack(before["imgs"])
    results = FlipClip(flip_ratio=0.0)(before)
    np.testing.assert_array_equal(results["imgs"], frames)
    assert results["gt_labels"].tolist() == [0, 2]
    assert results["gt_bboxes"].tolist() == [[0, 1, 2, 3]] * 2
    assert results["flip"] is False


@pytest.mark.parametrize("labels", [np.zeros(0, np.int64), np.zeros((0, 4), "f4")])
def test_no_boxes(labels):
    results = FlipClip(flip_ratio=1.0)(make_results(labels))
    assert results["gt_labels"].shape == labels.shape
    assert results["gt_bboxes"].shape == (0, 4)


@given(
    st.integers(2, 9).flatmap(
        lambda k: st.tuples(
            st.permutations(range(k)),
            st.integers(0, k // 2),
            st.lists(st.integers(0, k - 1), max_size=6),
        )
    )
)
def test_label_swap_is_an_involution_and_both_forms_agree(case):
    order, num_pairs, labels = case
    names = [str(i) for i in range(len(order))]
    pairs = [(names[order[2 * i]], names[order[2 * i + 1]]) for i in range(num_pairs)]
    mirrored = mirrored_permutation(names, pairs)
    flat = np.array(labels, dtype=np.int64)
    hot = np.eye(len(order), dtype=np.float32)[flat].reshape(-1, len(order))
    swapped = mirror_labels(flat, mirrored)
    assert np.array_equal(mirror_labels(swapped, mirrored), flat)
    assert np.array_equal(
        mirror_labels(hot, mirrored), np.eye(len(order), dtype=np.float32)[swapped]
    )
    changed = {i for pair in pairs for i in map(int, pair)}
    assert all((a != b) == (a in changed) for a, b in zip(flat, swapped, strict=True))


def test_ratio_is_the_share_of_flips():
    np.random.seed(0)
    transform = FlipClip(flip_ratio=0.3)
    flips = [transform(make_results(np.zeros(0, int)))["flip"] for _ in range(500)]
    assert abs(np.mean(flips) - 0.3) < 0.06


def test_missing_boxes_to_pixels_is_named():
    results = make_results(np.array([0]))
    del results["gt_bboxes"]
    with pytest.raises(ValueError, match=r"put stal_plugin\.BoxesToPixels"):
        FlipClip()(results)


def test_keypoints_are_mirrored_and_swapped():
    points = np.array([[[0, 1], [1, 2], [5.5, 3]]] * 2, np.float32)
    before = make_results(
        np.array([0, 1]),
        keypoint=points,
        keypoint_visible=np.array([[1, 0, 1], [0, 1, 1]], np.float32),
        mirrored_keypoints=np.array([0, 2, 1]),
    )
    results = FlipClip(flip_ratio=1.0)(before)
    # Width 6; a point on the left edge goes to the right edge.
    assert results["keypoint"].tolist() == [[[6, 1], [0.5, 3], [5, 2]]] * 2
    assert results["keypoint_visible"].tolist() == [[1, 1, 0], [0, 1, 1]]
    assert points[0, 0, 0] == 0
    again = FlipClip(flip_ratio=1.0)(results)
    np.testing.assert_array_equal(again["keypoint"], points)
    same = FlipClip(flip_ratio=0.0)(again)
    np.testing.assert_array_equal(same["keypoint"], points)
