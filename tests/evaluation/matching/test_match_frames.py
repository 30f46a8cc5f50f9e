from collections.abc import Callable

from stal_plugin.evaluation.matching import match_frames
from stal_plugin.evaluation.protocol import PROTOCOLS

BIG, NEAR = [0.0, 0, 10, 10], [0.0, 0, 10, 8]


def test_order_and_best_ground_truth(dets_of: Callable, gts_of: Callable) -> None:
    gts = gts_of((0, BIG, 1), (0, NEAR, 0), (1, BIG, 0))
    dets = dets_of((0, BIG, 1, 0.2), (0, BIG, 0, 0.3), (1, NEAR, 0, 0.9))
    found = match_frames(dets, gts, 2, PROTOCOLS["voc"], 0.5)
    assert found.order.tolist() == [2, 1, 0]
    assert found.labels.tolist() == [0, 0, 1]
    assert found.best_gt.tolist() == [2, 1, 0]
    assert found.best_iou.tolist() == [0.8, 0.8, 1]
    assert found.matched_gt(0.5).tolist() == [2, 1, 0]
    assert found.matched_gt(0.9).tolist() == [-1, -1, 0]


def test_next_best_only_with_reuse(dets_of: Callable, gts_of: Callable) -> None:
    gts = gts_of((0, BIG, 0), (0, NEAR, 0))
    dets = dets_of((0, BIG, 0, 0.9), (0, [0.0, 0, 10, 9.5], 0, 0.8))
    for name, expected in (("voc", [0, -1]), ("act", [0, 1])):
        found = match_frames(dets, gts, 1, PROTOCOLS[name], 0.5)
        assert found.matched_gt(0.5).tolist() == expected
        assert found.matched_gt(0.99).tolist() == [0, -1]


def test_several_labels_of_a_box_match_apart(
    dets_of: Callable, gts_of: Callable
) -> None:
    gts = gts_of((0, BIG, 0), (0, BIG, 2))
    dets = dets_of((0, BIG, 0, 0.9), (0, BIG, 1, 0.8), (0, BIG, 2, 0.7))
    found = match_frames(dets, gts, 3, PROTOCOLS["voc"], 0.5)
    assert found.matched_gt(0.5).tolist() == [0, -1, 1]
