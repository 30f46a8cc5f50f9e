import numpy as np
import pytest

from stal_plugin.evaluation import localization_scores
from stal_plugin.evaluation.localization import swap_rate
from stal_plugin.structures import BoxTable

BOX = [0.0, 0, 10, 10]
HALF = [0.0, 0, 10, 5]  # IoU with BOX is exactly 0.5
NEAR = [0.0, 0, 10, 8]  # 0.8
FAR = [50.0, 50, 60, 60]


def _dets(*rows: tuple) -> BoxTable:
    """Rows (frame, box, label, score, objectness)."""
    frames, boxes, labels, scores, objectness = zip(*rows, strict=True)
    return BoxTable(
        np.array(frames),
        np.array(boxes, float),
        np.array(labels),
        scores=np.array(scores, float),
        objectness=np.array(objectness, float),
    )


def _gts(*rows: tuple) -> BoxTable:
    frames, boxes, labels = zip(*rows, strict=True)
    return BoxTable.from_labels(
        np.array(frames), np.array(boxes, float), np.array(labels)
    )


def test_both_published_definitions_by_hand() -> None:
    dets = _dets(
        (0, NEAR, 1, 0.2, 0.3),  # best confident candidate for the box, wrong class
        (0, BOX, 0, 0.02, 0.1),  # better place and right class, but little confidence
        (1, BOX, 2, 0.5, 0.9),  # right
        (1, FAR, 2, 0.004, 0.26),  # confident, but its score is below 0.005
        (2, HALF, 0, 0.6, 0.7),  # IoU 0.5 is not more than 0.5
        (3, FAR, 0, 0.1, 0.2),
    )
    gts = _gts((0, BOX, 0), (1, BOX, 2), (2, BOX, 0), (3, BOX, 0))
    yowo = localization_scores(dets, gts, 3)
    assert vars(yowo) == {
        "num_gt": 4,
        "num_candidates": 4,
        "num_proposals": 4,
        "num_located": 2,
        "num_correct": 1,
    }
    assert yowo.ratios() == {
        "localization_recall": 0.5,
        "classification_accuracy": 0.5,
        "precision": 0.25,
        "recall": 0.25,
        "fscore": 0.25,
    }
    seed = localization_scores(dets, gts, 3, 0.005, "score")
    assert vars(seed) == {
        "num_gt": 4,
        "num_candidates": 5,
        "num_proposals": 4,  # the older branch, too, counts objectness > 0.25
        "num_located": 2,
        "num_correct": 2,
    }
    assert seed.ratios()["classification_accuracy"] == 1
    assert seed.ratios()["precision"] == 2 / 4


def test_recall_at_0_005_is_had_by_boxes_everywhere() -> None:
    """The defect: a detector that knows nothing, but answers often, locates all."""
    side = np.arange(0, 100, 2.0)
    x, y = (m.ravel() for m in np.meshgrid(side, side))
    boxes = np.stack([x, y, x + 20, y + 40], axis=1)
    low = np.full(len(boxes), 0.006)
    zeros = np.zeros(len(boxes), int)
    dets = BoxTable(zeros, boxes, zeros, scores=low)
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 90, (50, 2))
    gts = _gts(*((0, [cx, cy, cx + 20, cy + 40], 0) for cx, cy in corner.tolist()))
    seed = localization_scores(dets, gts, 1, 0.005, "score")
    assert seed.ratios()["localization_recall"] == 1
    assert localization_scores(dets, gts, 1).ratios()["localization_recall"] == 0


def test_threshold_is_strict() -> None:
    dets = _dets((0, BOX, 0, 0.25, 0.25))
    gts = _gts((0, BOX, 0))
    assert localization_scores(dets, gts, 1).num_candidates == 0
    assert localization_scores(dets, gts, 1, 0.24).num_located == 1


def test_yowo_leaves_out_narrow_ground_truth() -> None:
    """8 pixels count, also where six decimals in a file made them 7.9998; 7 do not."""
    edge, narrow = [20.0, 0, 20 + 319.992 / 40, 20], [0.0, 0, 7, 20]
    dets = _dets((0, edge, 1, 0.9, 0.9), (0, narrow, 0, 0.8, 0.8))
    gts = _gts((0, narrow, 0), (0, edge, 0), (1, narrow, 0))
    counts = [vars(localization_scores(dets, gts, 2, min_gt_width=w)) for w in (0, 8)]
    assert [list(c.values()) for c in counts] == [[3, 2, 2, 2, 1], [1, 2, 2, 1, 0]]


def test_one_candidate_serves_several_boxes() -> None:
    scores = localization_scores(
        _dets((0, BOX, 0, 0.9, 0.9)), _gts((0, BOX, 0), (0, NEAR, 0)), 1
    )
    assert scores.num_correct == 2
    assert scores.ratios()["precision"] == 2
    assert scores.ratios()["fscore"] == pytest.approx(4 / 3)


def test_any_of_several_labels_is_right() -> None:
    gts = BoxTable.from_labels(
        np.array([0, 1]), np.array([BOX, BOX]), np.array([[1, 1, 0], [0, 1, 1]])
    )
    dets = _dets((0, BOX, 1, 0.9, 0.9), (1, BOX, 0, 0.9, 0.9))
    scores = localization_scores(dets, gts, 3)
    assert (scores.num_gt, scores.num_located, scores.num_correct) == (2, 2, 1)


def test_nothing_gives_zeros() -> None:
    none = _gts((0, BOX, 0)).take(np.zeros(1, bool))
    dets = _dets((0, BOX, 0, 0.9, 0.9))
    assert set(localization_scores(dets, none, 1).ratios().values()) == {0.0}
    gts = _gts((0, BOX, 0))
    empty = dets.take(np.zeros(1, bool))
    assert set(localization_scores(empty, gts, 1).ratios().values()) == {0.0}


def test_unknown_confidence() -> None:
    with pytest.raises(ValueError, match="'objectness' or 'score', got 'conf'"):
        localization_scores(
            _dets((0, BOX, 0, 1, 1)), _gts((0, BOX, 0)), 1, confidence="conf"
        )


def test_swap_rate_by_hand() -> None:
    # partners 0 and 1; named: right, swapped, swapped, another class, unpaired
    box = [[0.0, 0, 10, 10]]
    true, named = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 2, 0])
    frames, scores = np.arange(5), np.ones(5)
    gts = BoxTable.from_labels(frames, np.repeat(box, 5, 0), true)
    dets = BoxTable(frames, np.repeat(box, 5, 0), named, scores=scores)
    partners = np.array([1, 0, -1])
    assert swap_rate(dets, gts, partners) == pytest.approx(2 / 3)
    assert swap_rate(dets, gts, partners, conf_thr=1) == 0
    assert swap_rate(dets, gts, np.full(3, -1)) == 0


def test_a_box_with_both_labels_is_not_swapped() -> None:
    box, one = np.array([[0.0, 0, 10, 10]]), np.ones(1)
    gts = BoxTable.from_labels(np.array([0]), box, np.array([[1, 1]]))
    dets = BoxTable(np.array([0]), box, np.array([1]), scores=one)
    assert swap_rate(dets, gts, np.array([1, 0])) == 0
