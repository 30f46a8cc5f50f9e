import random

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stal_plugin.datasets.transforms import BoxesToPixels, FlipClip, JitterResize
from stal_plugin.datasets.transforms.jitter_resize import (
    boxes_in_window,
    crop_resize,
    jitter_window,
    points_in_window,
)

SHAPE = (90, 160)


def make_results(boxes: list, multilabel: bool = False, clip_len: int = 2) -> dict:
    """Black frames with a white rectangle at each box."""
    image = np.zeros((*SHAPE, 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        image[y1:y2, x1:x2] = 255
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    norm = corners / np.float32([SHAPE[1], SHAPE[0]] * 2)
    labels = np.arange(len(boxes)) % 4
    return {
        "imgs": [image.copy() for _ in range(clip_len)],
        "img_shape": SHAPE,
        "modality": "RGB",
        "gt_boxes_norm": norm,
        "gt_labels": np.eye(4, dtype=np.float32)[labels] if multilabel else labels,
        "entity_ids": np.arange(len(boxes)) + 10,
        "mirrored_labels": np.array([1, 0, 2, 3]),
    }


boxes_strategy = st.tuples(
    st.integers(0, SHAPE[1] - 12),
    st.integers(0, SHAPE[0] - 12),
    st.integers(10, 60),
    st.integers(10, 60),
).map(lambda b: (b[0], b[1], min(b[0] + b[2], SHAPE[1]), min(b[1] + b[3], SHAPE[0])))


def extent(mask: np.ndarray) -> tuple[float, float, float, float]:
    ys, xs = np.nonzero(mask)
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


@settings(max_examples=60, deadline=None)
@given(boxes_strategy, st.integers(0, 10**6), st.booleans())
def test_painted_rectangle_lies_where_the_box_says(box, seed, flip):
    random.seed(seed)
    results = BoxesToPixels()(make_results([box]))
    results = JitterResize((112, 96), jitter=0.2, min_visible=0.05)(results)
    results = FlipClip(flip_ratio=float(flip))(results)
    assert results["imgs"].shape == (2, 96, 112, 3)
    np.testing.assert_array_equal(results["imgs"][0], results["imgs"][1])
    painted = results["imgs"][0, ..., 0] > 127
    if not len(results["gt_bboxes"]):
        return
    # Half a pixel of interpolation, and half a pixel because pixels are whole.
    if painted.any():
        np.testing.assert_allclose(extent(painted), results["gt_bboxes"][0], atol=1.01)
    assert results["flip"] is flip


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes_strategy, max_size=6), st.integers(0, 10**6), st.booleans())
def test_boxes_labels_and_ids_stay_in_step(boxes, seed, multilabel):
    random.seed(seed)
    before = BoxesToPixels()(make_results(boxes, multilabel))
    old = before["gt_bboxes"].copy()
    results = JitterResize((64, 64), jitter=0.4, min_visible=0.5)(before)
    x1, y1, x2, y2 = results["crop_window"]
    kept = []
    for n, (a, b, c, d) in enumerate(old):
        width = max(0, min(c, x2) - max(a, x1))
        height = max(0, min(d, y2) - max(b, y1))
        share = width * height / ((c - a) * (d - b))
        assume(abs(share - 0.5) > 1e-3)  # at the threshold rounding decides
        if share > 0.5:
            kept.append(n)
    assert results["entity_ids"].tolist() == [n + 10 for n in kept]
    labels = results["gt_labels"]
    labels = labels.argmax(1) if multilabel and len(kept) else labels
    if kept or not multilabel:
        assert labels.tolist() == [n % 4 for n in kept]
    assert results["gt_labels"].shape == (
        (len(kept), 4) if multilabel else (len(kept),)
    )
    assert (
        results["gt_bboxes"].shape == results["gt_boxes_norm"].shape == (len(kept), 4)
    )
    assert (results["gt_bboxes"] >= 0).all()
    assert (results["gt_bboxes"] <= 64).all()
    assert (results["gt_bboxes"][:, :2] < results["gt_bboxes"][:, 2:]).all()
    assert results["gt_bboxes"].dtype == np.float32


def test_boxes_in_window_by_hand():
    boxes = np.array([[10, 20, 30, 40], [0, 0, 20, 20], [50, 50, 60, 60]], np.float32)
    found, share = boxes_in_window(boxes, (10, 10, 50, 50), (80, 20))
    assert found.tolist() == [[0, 5, 40, 15], [0, 0, 20, 5], [80, 20, 80, 20]]
    assert share.tolist() == [1, 0.25, 0]


def test_min_visible_is_inclusive():
    for min_visible, kept in [(0.25, 1), (0.26, 0)]:
        results = BoxesToPixels()(make_results([(0, 0, 20, 20)]))
        transform = JitterResize((10, 10), jitter=0.2, min_visible=min_visible)
        draws = iter([10 / 160, 0, 10 / 90, 0])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(random, "uniform", lambda a, b, draws=draws: next(draws))
            results = transform(results)
        assert results["crop_window"] == (10, 10, 160, 90)
        assert len(results["gt_bboxes"]) == kept
    np.testing.assert_allclose(results["scale_factor"], [10 / 150, 10 / 80], rtol=1e-6)
    assert results["scale_factor"].dtype == np.float32


@given(st.integers(0, 10**6), st.floats(0, 0.49))
def test_each_border_moves_by_up_to_the_jitter(seed, jitter):
    random.seed(seed)
    x1, y1, x2, y2 = jitter_window(SHAPE, jitter)
    height, width = SHAPE
    assert max(abs(x1), abs(x2 - width)) <= jitter * width + 0.5
    assert max(abs(y1), abs(y2 - height)) <= jitter * height + 0.5
    assert x1 < x2
    assert y1 < y2


def test_borders_move_independently():
    random.seed(0)
    windows = np.array([jitter_window((1000, 1000), 0.2) for _ in range(2000)])
    moves = windows - [0, 0, 1000, 1000]
    assert np.abs(np.corrcoef(moves.T) - np.eye(4)).max() < 0.08
    np.testing.assert_allclose(moves.std(0), 400 / np.sqrt(12), rtol=0.05)


def test_without_jitter_it_is_the_hosts_resize():
    image = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), np.uint8)
    results = BoxesToPixels()({**make_results([(0, 0, 80, 45)]), "imgs": [image] * 2})
    results = JitterResize((112, 56), jitter=0)(results)
    np.testing.assert_array_equal(results["imgs"][1], cv2.resize(image, (112, 56)))
    np.testing.assert_allclose(results["gt_bboxes"], [[0, 0, 56, 28]], rtol=1e-6)
    assert results["img_shape"] == (56, 112)
    np.testing.assert_allclose(results["scale_factor"], [0.7, 56 / 90], rtol=1e-6)


def test_outside_of_the_image_is_black_and_pixels_keep_their_place():
    image = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3) + 1
    clip = crop_resize([image], (-2, 1, 5, 6), (7, 5))[0]  # no scaling
    expected = np.zeros((5, 7, 3), np.uint8)
    expected[:3, 2:] = image[1:, :5]
    np.testing.assert_array_equal(clip, expected)


def test_repeated_and_array_frames_are_told_apart():
    frames = np.arange(3 * 4 * 6 * 3, dtype=np.uint8).reshape(3, 4, 6, 3)
    window, size = (0, 0, 6, 4), (6, 4)
    np.testing.assert_array_equal(crop_resize(frames, window, size), frames)
    listed = [frames[0], frames[0], frames[2]]
    np.testing.assert_array_equal(crop_resize(listed, window, size), frames[[0, 0, 2]])


def test_missing_boxes_to_pixels_is_named():
    with pytest.raises(ValueError, match=r"put stal_plugin\.BoxesToPixels"):
        JitterResize((8, 8))(make_results([]))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"scale": (0, 4)},
        {"scale": (4, 4), "jitter": 0.5},
        {"scale": (4, 4), "min_visible": 2},
    ],
)
def test_bad_arguments(kwargs):
    with pytest.raises(ValueError, match="must be"):
        JitterResize(**kwargs)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 44)), min_size=1, max_size=5),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_painted_dots_lie_where_the_keypoints_say(places, seed, flip):
    """A dot of 2x2 pixels around each keypoint; crop, resize and flip move both."""
    random.seed(seed)
    points = np.array([[2 * x + 1, 2 * y + 1] for x, y in places], np.float32)
    for k, (x, y) in enumerate(points.astype(int)):
        results = make_results([])
        for image in results["imgs"]:
            image[y - 1 : y + 1, x - 1 : x + 1] = 255
        box = np.array([[0.0, 0.0, 1.0, 1.0]], np.float32)
        order = np.arange(len(points))[::-1]
        results.update(
            gt_boxes_norm=box,
            gt_labels=np.array([0]),
            entity_ids=np.array([0]),
            gt_keypoints_norm=points[None] / np.float32([SHAPE[1], SHAPE[0]]),
            keypoint_visible=np.ones((1, len(points)), np.float32),
            mirrored_keypoints=order,
        )
        results = JitterResize((320, 180), jitter=0.2)(BoxesToPixels()(results))
        results = FlipClip(flip_ratio=float(flip))(results)
        place = order[k] if flip else k
        found = results["keypoint"][0, place]
        inside = (0 <= found[0] <= 320) and (0 <= found[1] <= 180)
        assert bool(results["keypoint_visible"][0, place]) == inside or (
            0 in found or found[0] == 320 or found[1] == 180
        )
        weight = results["imgs"][0, ..., 0].astype(float)
        margin = (found > 8).all() and found[0] < 312 and found[1] < 172
        if margin:
            ys, xs = np.indices(weight.shape)
            centre = [(weight * g).sum() / weight.sum() + 0.5 for g in (xs, ys)]
            np.testing.assert_allclose(found, centre, atol=0.35)


def test_points_in_window_by_hand():
    points = np.array([[[10, 20], [30, 25], [9, 20], [50, 20]]], np.float32)
    found, inside = points_in_window(points, (10, 10, 50, 50), (80, 20))
    assert found.tolist() == [[[0, 5], [40, 7.5], [-2, 5], [80, 5]]]
    assert inside.tolist() == [[True, True, False, False]]


def test_keypoints_of_dropped_boxes_are_dropped():
    results = BoxesToPixels()(make_results([(0, 0, 20, 20), (60, 30, 90, 80)]))
    results["keypoint"] = np.array([[[1, 1]], [[70, 40]]], np.float32)
    results["keypoint_visible"] = np.array([[1], [0]], np.float32)
    with pytest.MonkeyPatch.context() as patch:
        draws = iter([20 / 160, 0, 20 / 90, 0])
        patch.setattr(random, "uniform", lambda a, b: next(draws))
        results = JitterResize((140, 70), jitter=0.25)(results)
    assert results["crop_window"] == (20, 20, 160, 90)
    assert results["entity_ids"].tolist() == [11]
    assert results["keypoint"].tolist() == [[[50, 20]]]
    assert results["keypoint_visible"].tolist() == [[0]]  # stays invisible
