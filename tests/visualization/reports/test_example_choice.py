import numpy as np
import pytest

from stal_plugin.evaluation.evaluation_input import EvaluationInput
from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.structures import BoxTable
from stal_plugin.visualization.reports.example_choice import choose_examples

BOX, LARGE, AWAY = [0.0, 0, 10, 10], [0.0, 0, 40, 40], [50.0, 50, 60, 60]


def _input(dets, gts) -> EvaluationInput:
    """Frames 0, 1 are video v, 2, 3 video w; rows are (frame, box, label, score)."""
    frames, boxes, labels, scores = zip(*dets, strict=True)
    scores = np.array(scores)
    index = FrameIndex(("v", "w"), np.array([0, 0, 1, 1]), np.array([1, 2, 1, 2]))
    gt_frames, gt_boxes, gt_labels = zip(*gts, strict=True)
    return EvaluationInput(
        BoxTable(np.array(frames), np.array(boxes), np.array(labels), scores=scores),
        BoxTable.from_labels(
            np.array(gt_frames), np.array(gt_boxes), np.array(gt_labels)
        ),
        index,
        np.full((4, 2), 100.0),
        True,
        (0, 0),
    )


@pytest.fixture
def boxes() -> EvaluationInput:
    dets = [
        (0, BOX, 0, 0.9),  # hit
        (1, BOX, 0, 0.8),  # hit of the same video and class
        (2, BOX, 0, 0.01),  # found late
        (0, AWAY, 0, 0.7),  # on nobody
        (1, AWAY, 0, 0.6),  # the same
        (3, LARGE, 0, 0.5),  # confused
        (0, BOX, 0, 0.4),  # duplicate
    ]
    gts = [(0, BOX, 0), (1, BOX, 0), (2, BOX, 0), (3, LARGE, 1), (3, BOX, 1)]
    return _input(dets, gts)


def test_by_hand(boxes):
    chosen = choose_examples(boxes, 2)
    wrong = chosen["false positive"]
    # one of each video first: w's comes before v's second
    assert [e.score for e in wrong] == [0.7, 0.5, 0.6, 0.4]
    assert [e.confused for e in wrong] == [-1, 1, -1, 0]
    assert [e.iou for e in wrong] == [0, 0, 0, 1]
    missed = chosen["miss"]
    # never found of class 1, found late of class 0, then the smaller box of class 1
    assert [(e.frame_id, e.label, e.score) for e in missed[:2]] == [
        (3, 1, 0),
        (2, 0, 0.01),
    ]
    np.testing.assert_array_equal(missed[0].box, LARGE)
    assert missed[0].iou == 0  # its detection has another class
    assert missed[1].iou == 1
    hits = chosen["hit"]
    assert [(e.frame_id, e.score) for e in hits] == [(0, 0.9), (2, 0.01), (1, 0.8)]


def test_neighbouring_frames_come_last():
    # one long mistake in v, a short one in w and a late one in v
    numbers, videos = np.array([*range(1, 61), 1, 2]), np.repeat([0, 1], [60, 2])
    index = FrameIndex(("v", "w"), videos, numbers)
    frames = np.arange(62)
    dets = BoxTable(
        frames,
        np.tile(AWAY, (62, 1)),
        np.zeros(62, int),
        scores=np.linspace(0.9, 0.5, 62),
    )
    gts = BoxTable.from_labels(np.array([0]), np.array([BOX]), np.array([0]))
    boxes = EvaluationInput(dets, gts, index, np.full((62, 2), 100.0), True, (0, 0))
    wrong = choose_examples(boxes, 1, 4)["false positive"]
    shown = [(videos[e.frame_id], numbers[e.frame_id]) for e in wrong]
    assert shown == [(0, 1), (1, 1), (0, 26), (0, 51)]


def test_what_is_found_is_no_miss(boxes):
    assert all(e.score < 0.3 for e in choose_examples(boxes, 2)["miss"])


def test_number_of_examples(boxes):
    assert [len(some) for some in choose_examples(boxes, 2, 1).values()] == [1, 1, 1]


def test_no_detections(boxes):
    none = boxes.dets.take(np.zeros(len(boxes.dets), bool))
    empty = EvaluationInput(**{**vars(boxes), "dets": none})
    chosen = choose_examples(empty, 2)
    assert chosen["false positive"] == chosen["hit"] == []
    assert len(chosen["miss"]) == 5
