from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation import error_breakdown, frame_ap
from stal_plugin.evaluation.protocol import PROTOCOLS
from stal_plugin.structures import BoxTable

BOX, FAR = [0.0, 0, 10, 10], [50.0, 50, 60, 60]
BESIDE = [0.0, 7, 10, 17]  # IoU with BOX is 30 / 170
EDGE = [0.0, 9.5, 10, 19.5]  # 5 / 195, below 0.1


def _shares(found: object) -> dict:
    return {name: float(values[0]) for name, values in vars(found).items()}


def test_every_kind_by_hand(dets_of: Callable, gts_of: Callable) -> None:
    # class 0 has 4 boxes; down the ranking: right, duplicate, classification,
    # localisation, background, right
    gts = gts_of((0, BOX, 0), (1, BOX, 0), (2, BOX, 0), (3, BOX, 0), (0, FAR, 1))
    dets = dets_of(
        (0, BOX, 0, 0.9),
        (0, BOX, 0, 0.8),
        (0, FAR, 0, 0.7),
        (1, BESIDE, 0, 0.6),
        (1, EDGE, 0, 0.5),
        (2, BOX, 0, 0.4),
    )
    # At recall 1/4 the curve drops to precision 1/5, each kind of error at 1/5; at
    # recall 1/2 they are 2/6 and 1/6. Missed: 2 of 4.
    step = (1 / 5 + 1 / 6) / 2 / 4
    assert _shares(error_breakdown(dets, gts, 2)) == pytest.approx(
        {
            "right": 1 / 4 + (1 / 5 + 2 / 6) / 2 / 4,
            "localisation": step,
            "classification": step,
            "duplicate": step,
            "background": step,
            "missed": 1 / 2,
        }
    )


def test_order_of_the_kinds(dets_of: Callable, gts_of: Callable) -> None:
    # on its own class and another: a duplicate; beside its own, on another: wrong class
    gts = gts_of((0, BOX, 0), (0, BOX, 1), (0, BESIDE, 1), (1, BOX, 0))
    hit, late = (0, BOX, 0, 0.9), (1, BOX, 0, 0.1)
    for wrong, name in (
        ((0, BOX, 0, 0.5), "duplicate"),
        ((0, BESIDE, 0, 0.5), "classification"),
        ((1, BESIDE, 0, 0.5), "localisation"),
        ((2, BOX, 0, 0.5), "background"),
    ):
        shares = _shares(error_breakdown(dets_of(hit, wrong, late), gts, 2))
        assert shares[name] == pytest.approx((1 / 2 + 1 / 3) / 2 / 2)
        wrong_ones = ("duplicate", "classification", "localisation", "background")
        assert sum(shares[k] for k in wrong_ones) == pytest.approx(shares[name])


def test_nothing_found_is_all_missed(dets_of: Callable, gts_of: Callable) -> None:
    shares = error_breakdown(dets_of(), gts_of((0, BOX, 1)), 2)
    assert np.isnan(shares.missed[0])
    assert shares.missed[1] == 1
    assert shares.mean() == {
        **dict.fromkeys(vars(shares), 0),
        "missed": 1,
    }
    assert set(error_breakdown(dets_of(), gts_of(), 2).mean().values()) == {0}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(PROTOCOLS)))
def test_shares_sum_to_one(seed: int, protocol: str) -> None:
    rng = np.random.default_rng(seed)

    def boxes(size: int) -> np.ndarray:
        corner = rng.uniform(0, 6, (size, 2))
        return np.concatenate([corner, corner + rng.uniform(3, 6, (size, 2))], axis=1)

    num, num_gt = rng.integers(0, 50), rng.integers(1, 15)
    scores = rng.random(num)
    dets = BoxTable(
        rng.integers(0, 4, num), boxes(num), rng.integers(0, 3, num), scores=scores
    )
    hot = rng.random((num_gt, 3)) < 0.5
    gts = BoxTable.from_labels(rng.integers(0, 4, num_gt), boxes(num_gt), hot)
    found = error_breakdown(dets, gts, 3, protocol=protocol)
    present = ~np.isnan(found.right)
    assert present.tolist() == hot.any(0).tolist()
    np.testing.assert_allclose(sum(vars(found).values())[present], 1)  # type: ignore[call-overload, index]
    if protocol == "act":
        np.testing.assert_allclose(
            found.right, frame_ap(dets, gts, 3, protocol="act").ap[0]
        )


def test_background_threshold(dets_of: Callable, gts_of: Callable) -> None:
    gts = gts_of((0, BOX, 0), (1, BOX, 0))
    dets = dets_of((0, EDGE, 0, 0.9), (0, BOX, 0, 0.5))
    low = error_breakdown(dets, gts, 1, background_iou=0.02)
    assert low.localisation[0] > 0
    assert low.background[0] == 0
    with pytest.raises(ValueError, match=r"background_iou=0\.5 must be above 0"):
        error_breakdown(dets, gts, 1, background_iou=0.5)
