from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmaction.evaluation.functional.ava_evaluation import metrics as ava_metrics
from mmaction.evaluation.functional.ava_utils import tpfp_single

from stal_plugin.evaluation import frame_ap
from stal_plugin.evaluation.protocol import PROTOCOLS, get_protocol
from stal_plugin.structures import BoxTable

BOX, FAR = [0.0, 0, 10, 10], [50.0, 50, 60, 60]


def test_lookup() -> None:
    assert get_protocol("act") is PROTOCOLS["act"]
    own = replace(PROTOCOLS["act"], name="mine")
    assert get_protocol(own) is own
    with pytest.raises(ValueError, match="protocol 'coco': allowed are voc, yowo, act"):
        get_protocol("coco")


def test_which_protocols_need_pixels() -> None:
    needy = {name for name, p in PROTOCOLS.items() if p.needs_pixels}
    assert needy == {"yowo", "act", "voc07"}


# One curve of 9 ground-truth boxes: right, right, right, wrong, right, right, wrong x3.
# precision 1 1 1 3/4 4/5 5/6 5/7 5/8 5/9 at recall 1 2 3 3 4 5 5 5 5 ninths
CURVE = [1, 1, 1, 0, 1, 1, 0, 0, 0]
ALL_POINT = (3 + 5 / 6 + 5 / 6) / 9
GOLDEN = {
    "voc": ALL_POINT,  # .5185
    "yowo": ALL_POINT,
    "ava": ALL_POINT,
    # three steps at precision 1, then 3/4 to 4/5 and 4/5 to 5/6
    "act": (3 + (3 / 4 + 4 / 5) / 2 + (4 / 5 + 5 / 6) / 2) / 9,  # .5102
    # the levels 0 to .3 at 1, .4 and .5 at 5/6, the rest at 0
    "voc07": (4 + 2 * 5 / 6) / 11,  # .5152
    # all-point, and a triangle from (5/9, 5/9) to (1, 0)
    "yowov3": ALL_POINT + 4 / 9 * 5 / 9 / 2,  # .6420
    "multisports": ALL_POINT,
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_one_curve_by_every_protocol(
    name: str, dets_of: Callable, gts_of: Callable
) -> None:
    gts = gts_of(*((frame, BOX, 0) for frame in range(9)))
    dets = dets_of(
        *((i, BOX if hit else FAR, 0, 1 - i / 10) for i, hit in enumerate(CURVE))
    )
    assert frame_ap(dets, gts, 1, protocol=name).ap[0, 0] == pytest.approx(GOLDEN[name])


def test_offset_and_rounding(dets_of: Callable, gts_of: Callable) -> None:
    # [10.4, 10.4, 19.6, 14.6] is rounded to [10, 10, 20, 15]; with + 1 it has 11 x 6
    # of 11 x 11 pixels, without 10 x 5 of 10 x 10; as it is, 9.2 x 4.2 of 100
    gts = gts_of((0, [10.0, 10, 20, 20], 0))
    dets = dets_of((0, [10.4, 10.4, 19.6, 14.6], 0, 0.9))
    thrs = [9.2 * 4.2 / 100 - 1e-9, 10.2 * 5.2 / 121 - 1e-9, 66 / 121]
    found = {
        name: frame_ap(dets, gts, 1, thrs, name).ap[:, 0] > 0 for name in PROTOCOLS
    }
    plain, plus_one = [True, False, False], [True, True, False]
    for name in ("voc", "ava", "yowov3", "multisports"):
        assert found[name].tolist() == plain, name
    for name in ("act", "voc07"):
        assert found[name].tolist() == plus_one, name
    assert found["yowo"].tolist() == [True, True, True]


def test_taken_box(dets_of: Callable, gts_of: Callable) -> None:
    # both detections prefer the first box; only ACT gives the second one to the other
    gts = gts_of((0, BOX, 0), (0, [0.0, 0, 10, 9], 0))
    dets = dets_of((0, BOX, 0, 0.9), (0, [0.0, 0, 10, 9.9], 0, 0.8))
    ap = {n: frame_ap(dets, gts, 1, protocol=n).ap[0, 0] for n in PROTOCOLS}
    assert ap.pop("act") == 1
    assert ap.pop("yowov3") == pytest.approx(0.5 + 0.5 * 0.5 / 2)
    assert ap.pop("voc07") == pytest.approx(6 / 11)
    # rounded, the second detection is the first box itself; it is taken all the same
    assert set(ap.values()) == {0.5}


def test_classes_in_the_mean(dets_of: Callable, gts_of: Callable) -> None:
    # 0: found; 1: ground truth only; 2: detections only; 3: neither
    gts = gts_of((0, BOX, 0), (0, BOX, 1))
    dets = dets_of((0, BOX, 0, 0.9), (0, BOX, 2, 0.8))
    means = {n: frame_ap(dets, gts, 4, protocol=n).mean[0] for n in PROTOCOLS}
    assert means == {
        "voc": 0.5,
        "yowo": 0.5,
        "act": 0.25,
        "ava": 1,
        "voc07": 0.5,
        "yowov3": 0.5,
        "multisports": 0.5,
    }


def test_empty_frames(dets_of: Callable, gts_of: Callable) -> None:
    # a false positive on an empty frame stands before the only hit
    gts = gts_of((0, BOX, 0))
    dets = dets_of((5, BOX, 0, 0.9), (0, BOX, 0, 0.5))
    ap = {n: frame_ap(dets, gts, 1, protocol=n).ap[0, 0] for n in PROTOCOLS}
    assert ap == {
        "voc": 0.5,
        "yowo": 0.5,
        "act": pytest.approx(0.25),  # from (0, 0) to (1, 1/2)
        "ava": 1,
        "voc07": 0.5,
        "yowov3": 0.5,
        "multisports": 0.5,
    }


# The example of docs/evaluation.md: each part of a rule shows in its score.
SQUARE = [10.0, 10, 20, 20]
TRUTH = [
    (1, SQUARE, 0),
    (2, BOX, 0),
    (2, [0.0, 0, 10, 8], 0),
    (3, [0.0, 0, 10, 21], 0),
    (5, SQUARE, 0),
    (5, FAR, 1),
]
FOUND = [
    (2, BOX, 0, 0.9),
    (4, SQUARE, 0, 0.8),
    (2, [0.0, 0, 10, 9], 0, 0.7),
    (1, SQUARE, 0, 0.6),
    (3, [0.0, 0, 10, 10.3], 0, 0.5),
    (5, [10.4, 10.4, 19.6, 14.6], 0, 0.4),
    (1, FAR, 2, 0.3),
]
BY_HAND = {
    "voc": (1 + 1 / 2) / 5 / 2,
    "yowo": (1 + 2 / 3 * 3) / 5 / 2,
    "act": (1 + 7 / 12 + 17 / 24 + 31 / 40) / 5 / 3,
    "ava": (1 + 2 / 3) / 5,
    "voc07": (3 + 4 * 3 / 5) / 11 / 2,
    "yowov3": ((1 + 1 / 2) / 5 + 3 / 5 * 1 / 3 / 2) / 2,
    "multisports": (1 + 1 / 2) / 5 / 2,  # of frames it is voc's rule
}
PARTS = ["integration", "offset", "round_corners", "reuse"]
PARTS += ["class_mean", "count_empty_frames"]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_example_by_hand(name: str, dets_of: Callable, gts_of: Callable) -> None:
    gts, dets = gts_of(*TRUTH), dets_of(*FOUND)
    score = frame_ap(dets, gts, 3, protocol=name).mean[0]
    assert score == pytest.approx(BY_HAND[name], abs=1e-12)
    # with any part of another rule the number would be another
    for part in PARTS:
        own = getattr(PROTOCOLS[name], part)
        for value in {getattr(p, part) for p in PROTOCOLS.values()} - {own}:
            changed = replace(PROTOCOLS[name], **{part: value})
            other = frame_ap(dets, gts, 3, protocol=changed).mean[0]
            assert abs(other - score) > 1e-4, (part, value)


def _mmaction_ap(dets: BoxTable, gts: BoxTable, frames: set[int]) -> dict:
    """AP by class from the host's own functions, on frames with ground truth."""
    scores: dict[int, list] = {}
    hits: dict[int, list] = {}
    for frame in sorted(frames):
        d = np.flatnonzero(dets.frames == frame)
        d = d[np.argsort(-dets.scores[d])]
        g = np.flatnonzero(gts.frames == frame)
        entry = (
            gts.boxes[g][:, [1, 0, 3, 2]].tolist(),
            gts.labels[g].tolist(),
            dets.boxes[d][:, [1, 0, 3, 2]].tolist(),
            dets.labels[d].tolist(),
            dets.scores[d].tolist(),
        )
        for label, values in tpfp_single(entry)[0].items():
            scores.setdefault(label, []).append(values)
        for label, values in tpfp_single(entry)[1].items():
            hits.setdefault(label, []).append(values)
    result = {}
    for label in scores:
        num_gt = int((gts.labels == label).sum())
        if num_gt:  # the host's function fails on numpy 2 otherwise (np.NAN)
            curve = ava_metrics.compute_precision_recall(
                np.concatenate(scores[label]), np.concatenate(hits[label]), num_gt
            )
            result[label] = ava_metrics.compute_average_precision(*curve)
    return result


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_ava_is_the_function_of_mmaction(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def boxes(size: int) -> np.ndarray:
        # sixteenths are exact in the host's single precision
        corner, extent = rng.integers(0, 5, (size, 2)), rng.integers(2, 7, (size, 2))
        return np.concatenate([corner, corner + extent], axis=1) / 16

    num, num_gt = int(rng.integers(1, 40)), int(rng.integers(1, 12))
    scores = rng.permutation(num) / 64
    dets = BoxTable(
        rng.integers(0, 5, num), boxes(num), rng.integers(0, 4, num), scores=scores
    )
    gts = BoxTable.from_labels(
        rng.integers(0, 3, num_gt), boxes(num_gt), rng.integers(0, 4, num_gt)
    )
    expected = _mmaction_ap(dets, gts, set(gts.frames.tolist()))
    result = frame_ap(dets, gts, 4, [0.5], "ava")
    for label, ap in expected.items():
        assert result.ap[0, label] == pytest.approx(ap)
    mean = np.mean(list(expected.values())) if expected else 0
    assert result.mean[0] == pytest.approx(mean)
    assert np.flatnonzero(result.in_mean).tolist() == sorted(expected)
