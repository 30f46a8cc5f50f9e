from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.evaluation import FrameDetails, frame_scores
from stal_plugin.evaluation.protocol import PROTOCOLS

CLASSES = ("up", "down", "wave", "rest")
BOX, FAR = [0.0, 0, 20, 20], [50.0, 50, 90, 90]  # 4 % and 16 % of the frame
AREAS = np.full(6, 10000.0)
VOC = PROTOCOLS["voc"]


@pytest.fixture
def case(dets_of: Callable, gts_of: Callable) -> tuple:
    """Up found, down taken for up, wave missed, a large wave found."""
    gts = gts_of((0, BOX, 0), (1, BOX, 1), (2, BOX, 2), (3, FAR, 2))
    dets = dets_of((0, BOX, 0, 0.9), (1, BOX, 0, 0.8), (3, FAR, 2, 0.7))
    return dets, gts


def test_default_names(case: tuple) -> None:
    scores = frame_scores(*case, CLASSES, 0.5, VOC).metrics
    names = ("localization_recall", "classification_accuracy")
    ratios = [*names, "precision", "recall", "fscore"]
    assert list(scores) == [
        *("frame-mAP@0.5", *ratios, *(f"{name}@0.005" for name in ratios))
    ]
    assert scores["frame-mAP@0.5"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert scores["localization_recall"] == 3 / 4
    assert scores["classification_accuracy"] == 2 / 3


def test_range_of_thresholds(case: tuple) -> None:
    scores = frame_scores(*case, CLASSES, [0.5, "0.5:0.95"], VOC)
    assert scores.metrics["frame-mAP@0.5:0.95"] == scores.metrics["frame-mAP@0.5"]
    assert scores.class_ap.ap.shape == (10, 4)


def test_details(case: tuple) -> None:
    details = FrameDetails(by_size=True, by_frequency=True, breakdown=True)
    found = frame_scores(*case, CLASSES, 0.5, VOC, details, AREAS)
    scores = found.metrics
    assert "frame-mAP@0.5(small)" not in scores  # there is none
    assert scores["frame-mAP@0.5(medium)"] == pytest.approx((1 + 0 + 0) / 3)
    assert scores["frame-mAP@0.5(large)"] == 1
    assert scores["frame-mAP@0.5(head)"] == 0.5  # wave
    assert scores["frame-mAP@0.5(middle)"] == 1  # up
    assert scores["frame-mAP@0.5(tail)"] == 0  # down
    shares = {k: v for k, v in scores.items() if k.startswith("share@0.5")}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["share@0.5(missed)"] == pytest.approx((0 + 1 + 0.5) / 3)
    assert found.breakdown is not None
    assert found.breakdown.right[:3].tolist() == [1, 0, 0.5]


def test_narrow_ground_truth_counts_in_ap_only(case: tuple) -> None:
    """As in YOWO; the boxes of the first three frames are 20 pixels wide."""
    details = FrameDetails(min_gt_width=21)
    scores = frame_scores(*case, CLASSES, 0.5, VOC, details).metrics
    assert scores["frame-mAP@0.5"] == pytest.approx((1 + 0 + 0.5) / 3)
    for name in ("", "@0.005"):
        assert scores[f"localization_recall{name}"] == 1  # the large wave
        assert scores[f"classification_accuracy{name}"] == 1


def test_training_counts_decide_on_head_and_tail(case: tuple) -> None:
    details = FrameDetails(by_frequency=True, class_counts=[5, 90, 7, 1])
    scores = frame_scores(*case, CLASSES, 0.5, VOC, details).metrics
    assert scores["frame-mAP@0.5(head)"] == 0  # down
    assert scores["frame-mAP@0.5(tail)"] == 1  # up


def test_reversed_pairs(case: tuple) -> None:
    pairs = [("up", "down")]
    scores = frame_scores(*case, CLASSES, 0.5, VOC, reversed_classes=pairs).metrics
    assert scores["frame-mAP@0.5(reversed)"] == 0.5
    assert scores["swap_rate(reversed)"] == 0.5


def test_size_needs_areas(case: tuple) -> None:
    with pytest.raises(ValueError, match="AP by size needs the sizes of the frames"):
        frame_scores(*case, CLASSES, 0.5, VOC, FrameDetails(by_size=True))
