from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fixtures.boxes_and_tubes import detections as dets_of
from fixtures.boxes_and_tubes import ground_truth as gts_of
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation import PROTOCOLS, drop_unlabelled_frames, frame_ap
from stal_plugin.structures import BoxTable

BOX = [0.0, 0, 10, 10]
HALF = [0.0, 0, 10, 5]  # IoU with BOX is exactly 0.5
FAR = [50.0, 50, 60, 60]


def test_perfect_detections() -> None:
    gts = gts_of((0, BOX, 0), (0, FAR, 1), (1, BOX, 1))
    dets = dets_of((0, BOX, 0, 0.3), (0, FAR, 1, 0.2), (1, BOX, 1, 0.9))
    result = frame_ap(dets, gts, 2, [0.5, 1.0])
    assert result.ap.tolist() == [[1, 1], [1, 1]]
    assert result.mean.tolist() == [1, 1]
    assert result.num_gt.tolist() == [1, 2]
    assert result.num_dets.tolist() == [1, 2]


def test_second_hit_is_a_false_positive() -> None:
    # scores: TP, FP (duplicate), TP -> precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1
    gts = gts_of((0, BOX, 0), (1, BOX, 0))
    dets = dets_of((0, BOX, 0, 0.9), (0, BOX, 0, 0.8), (1, BOX, 0, 0.7))
    assert frame_ap(dets, gts, 1).ap[0, 0] == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_taken_box_is_not_replaced_by_the_second_best() -> None:
    # both detections prefer the first box; the second is free, but VOC gives a FP
    gts = gts_of((0, BOX, 0), (0, [0.0, 0, 10, 9], 0))
    dets = dets_of((0, BOX, 0, 0.9), (0, [0.0, 0, 10, 9.9], 0, 0.8))
    assert frame_ap(dets, gts, 1).ap[0, 0] == pytest.approx(0.5)


def test_a_weak_overlap_does_not_take_the_box() -> None:
    gts = gts_of((0, BOX, 0))
    dets = dets_of((0, [0.0, 0, 10, 4], 0, 0.9), (0, BOX, 0, 0.5))
    assert frame_ap(dets, gts, 1).ap[0, 0] == pytest.approx(0.5)


def test_overlap_at_the_threshold_is_enough() -> None:
    result = frame_ap(dets_of((0, HALF, 0, 1)), gts_of((0, BOX, 0)), 1, [0.5, 0.51])
    assert result.ap[:, 0].tolist() == [1, 0]


def test_pixel_offset() -> None:
    # (11 x 5) of (11 x 11) pixels instead of half
    dets, gts = dets_of((0, [0.0, 0, 10, 4], 0, 1)), gts_of((0, BOX, 0))
    thrs = [0.41, 55 / 121]
    plus_one = replace(PROTOCOLS["voc"], offset=1)
    assert frame_ap(dets, gts, 1, thrs).ap[:, 0].tolist() == [0, 0]
    assert frame_ap(dets, gts, 1, thrs, plus_one).ap[:, 0].tolist() == [1, 1]


def test_frames_and_classes_do_not_mix() -> None:
    gts = gts_of((0, BOX, 0), (1, BOX, 1))
    dets = dets_of((1, BOX, 0, 0.9), (0, BOX, 1, 0.8))
    assert frame_ap(dets, gts, 2).ap.tolist() == [[0, 0]]


def test_classes_without_ground_truth_or_detections() -> None:
    # 0: both; 1: ground truth only; 2: detections only; 3: neither
    gts = gts_of((0, BOX, 0), (0, BOX, 1))
    dets = dets_of((0, BOX, 0, 0.9), (0, BOX, 2, 0.8))
    result = frame_ap(dets, gts, 4)
    np.testing.assert_array_equal(result.ap, [[1, 0, np.nan, np.nan]])
    assert result.mean.tolist() == [0.5]


def test_nothing_to_evaluate_is_zero_not_nan() -> None:
    assert frame_ap(dets_of(), gts_of(), 3, [0.5, 0.75]).mean.tolist() == [0, 0]


def test_empty_frames_count_unless_dropped() -> None:
    gts = gts_of((0, BOX, 0))
    dets = dets_of((5, BOX, 0, 0.9), (0, BOX, 0, 0.5))
    assert frame_ap(dets, gts, 1).ap[0, 0] == pytest.approx(0.5)
    kept = drop_unlabelled_frames(dets, gts)
    assert kept.frames.tolist() == [0]
    assert frame_ap(kept, gts, 1).ap[0, 0] == 1


def test_each_label_of_a_box_is_one_ground_truth() -> None:
    hot = np.array([[1, 1, 0]])
    gts = BoxTable.from_labels(np.array([0]), np.array([BOX]), hot)
    dets = dets_of((0, BOX, 1, 0.9), (0, BOX, 2, 0.8))
    result = frame_ap(dets, gts, 3)
    np.testing.assert_array_equal(result.ap, [[0, 1, np.nan]])
    assert result.num_gt.tolist() == [1, 1, 0]


def test_equal_scores_are_taken_in_the_order_of_the_rows() -> None:
    gts = gts_of((0, BOX, 0))
    right, wrong = (0, BOX, 0, 0.5), (0, FAR, 0, 0.5)
    assert frame_ap(dets_of(right, wrong), gts, 1).ap[0, 0] == 1
    assert frame_ap(dets_of(wrong, right), gts, 1).ap[0, 0] == 0.5


@pytest.mark.parametrize("thr", [0, -0.5, 1.01])
def test_threshold_out_of_range(thr: float) -> None:
    with pytest.raises(ValueError, match=r"iou_thrs must be in \(0, 1\]"):
        frame_ap(dets_of(), gts_of(), 1, [thr])


def test_label_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"detections\.labels holds the label 2"):
        frame_ap(dets_of((0, BOX, 2, 0.5)), gts_of((0, BOX, 0)), 2)


def random_case(seed: int, grid: bool) -> tuple[BoxTable, BoxTable]:
    """Make overlapping boxes without equal scores; on a grid IoUs are often equal."""
    rng = np.random.default_rng(seed)

    def boxes(size: int) -> np.ndarray:
        corner, extent = rng.uniform(0, 4, (size, 2)), rng.uniform(2, 6, (size, 2))
        if grid:
            corner, extent = corner.round(), extent.round()
        return np.concatenate([corner, corner + extent], 1)

    num, num_gt = rng.integers(0, 40), rng.integers(0, 15)
    scores = rng.permutation(num) / 40
    dets = BoxTable(
        rng.integers(0, 4, num), boxes(num), rng.integers(0, 3, num), scores=scores
    )
    gts = BoxTable.from_labels(
        rng.integers(0, 4, num_gt), boxes(num_gt), rng.integers(0, 3, num_gt)
    )
    return dets, gts


def _iou(a: np.ndarray, b: np.ndarray, offset: float) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + offset)
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + offset)
    areas = [(c[2] - c[0] + offset) * (c[3] - c[1] + offset) for c in (a, b)]
    return w * h / (sum(areas) - w * h)


def _area(name: str, hits: list[bool], num_gt: int) -> float:
    """Integrate by the definition in words."""
    if not hits:
        return 0.0
    points = [(0.0, 1.0)]  # recall, precision
    for k in range(1, len(hits) + 1):
        points.append((sum(hits[:k]) / num_gt, sum(hits[:k]) / k))

    def envelope(recall: float) -> float:
        return max((p for r, p in points[1:] if r >= recall - 1e-12), default=0.0)

    if name == "voc07":
        return sum(envelope(i / 10) for i in range(11)) / 11
    if name in ("act", "yowov3"):
        if name == "yowov3":
            # the largest precision at a point or behind it, not merely at its recall
            behind = [max(p for _, p in points[i:]) for i in range(len(points))]
            points = [(r, p) for (r, _), p in zip(points, behind, strict=True)]
            points.append((1.0, 0.0))
        return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
    return sum(envelope(k / num_gt) for k in range(1, num_gt + 1)) / num_gt


def _slow_ap(name: str, dets: BoxTable, gts: BoxTable, label: int, thr: float) -> float:
    """Follow the published procedures with loops; no shared code."""
    offset = 1.0 if name in ("yowo", "act", "voc07") else 0.0
    boxes, gt_boxes = dets.boxes, gts.boxes
    if name == "yowo":
        boxes, gt_boxes = (
            np.vectorize(round, otypes=[float])(b) for b in (boxes, gt_boxes)
        )
    mine = [g for g in range(len(gts)) if gts.labels[g] == label]
    order = [d for d in np.argsort(-dets.scores) if dets.labels[d] == label]
    if name == "ava":
        order = [d for d in order if dets.frames[d] in gts.frames]
    taken: set[int] = set()
    hits = []
    for d in order:
        here = [g for g in mine if gts.frames[g] == dets.frames[d]]
        if name == "act":  # what was found is deleted
            here = [g for g in here if g not in taken]
        ious = {g: _iou(boxes[d], gt_boxes[g], offset) for g in here}
        best = max(ious, key=lambda g: ious[g], default=-1)
        hits.append(best >= 0 and ious[best] >= thr and best not in taken)
        if hits[-1]:
            taken.add(best)
    return _area(name, hits, len(mine)) if mine else 0.0


@pytest.mark.parametrize("name", PROTOCOLS)
@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), grid=st.booleans())
def test_every_protocol_equals_a_loop(name: str, seed: int, grid: bool) -> None:
    dets, gts = random_case(seed, grid)
    thrs = (0.3, 0.5, 0.75)
    result = frame_ap(dets, gts, 3, thrs, name)
    expected = [
        [_slow_ap(name, dets, gts, label, thr) for label in range(3)] for thr in thrs
    ]
    np.testing.assert_allclose(np.nan_to_num(result.ap), expected)
    labelled = np.isin(dets.frames, gts.frames)
    in_mean = {
        "act": range(3),
        "ava": set(gts.labels.tolist()) & set(dets.labels[labelled].tolist()),
    }.get(name, set(gts.labels.tolist()))
    for row, mean in zip(expected, result.mean, strict=True):
        total = sum(row[label] for label in in_mean)
        assert mean == pytest.approx(total / max(len(in_mean), 1))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_order_of_rows_and_names_of_frames_do_not_matter(seed: int) -> None:
    dets, gts = random_case(seed, grid=False)
    rng = np.random.default_rng(seed)
    names = rng.permutation(1000)
    renamed = BoxTable(
        names[dets.frames],
        dets.boxes,
        dets.labels,
        scores=dets.scores,
        objectness=dets.objectness,
    ).take(rng.permutation(len(dets)))
    order = rng.permutation(len(gts))
    shuffled = BoxTable.from_labels(
        names[gts.frames][order], gts.boxes[order], gts.labels[order]
    )
    expected = frame_ap(dets, gts, 3, [0.3, 0.5]).ap
    np.testing.assert_allclose(frame_ap(renamed, shuffled, 3, [0.3, 0.5]).ap, expected)
