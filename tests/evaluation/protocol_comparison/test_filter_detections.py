from collections.abc import Callable
from dataclasses import replace

import numpy as np

from stal_plugin.evaluation import filter_detections
from stal_plugin.evaluation.protocol import PROTOCOLS
from stal_plugin.structures import BoxTable

BOX, NEAR, FAR = [0.0, 0, 10, 10], [0.0, 0, 10, 8], [50.0, 50, 60, 60]


def test_protocols_without_thresholds_keep_everything(dets_of: Callable) -> None:
    dets = dets_of((0, BOX, 0, 0.001), (0, BOX, 0, 0.9))
    for name in ("voc", "ava", "voc07"):
        assert filter_detections(dets, PROTOCOLS[name]).scores.tolist() == [0.001, 0.9]


def test_act_suppresses_within_a_class_and_keeps_the_order(dets_of: Callable) -> None:
    dets = dets_of(
        (0, NEAR, 0, 0.5), (0, BOX, 0, 0.9), (0, NEAR, 1, 0.1), (0, FAR, 0, 0.2)
    )
    kept = filter_detections(dets, PROTOCOLS["act"])
    assert kept.scores.tolist() == [0.9, 0.1, 0.2]


def test_yowo_suppresses_boxes_by_objectness() -> None:
    # rows: two labels of BOX, NEAR (higher score, lower objectness), FAR, a weak one
    dets = BoxTable(
        np.zeros(5, np.int64),
        np.array([BOX, BOX, NEAR, FAR, FAR]),
        np.array([0, 1, 2, 0, 1]),
        scores=np.array([0.5, 0.3, 0.8, 0.4, 0.005]),
        objectness=np.array([0.9, 0.9, 0.85, 0.5, 0.5]),
    )
    kept = filter_detections(dets, PROTOCOLS["yowo"])
    assert kept.scores.tolist() == [0.5, 0.3, 0.4]


def test_offset_of_the_suppression(dets_of: Callable) -> None:
    # 3 x 1 of 5 x 1; with + 1 it is 4 x 2 of 6 x 2
    dets = dets_of((0, [0.0, 0, 4, 1], 0, 0.9), (0, [1.0, 0, 5, 1], 0, 0.8))
    rule = replace(PROTOCOLS["act"], nms_iou_thr=0.62)
    assert len(filter_detections(dets, rule)) == 1
    assert len(filter_detections(dets, replace(rule, nms_offset=0))) == 2


def test_nothing(dets_of: Callable) -> None:
    assert len(filter_detections(dets_of(), PROTOCOLS["yowo"])) == 0
