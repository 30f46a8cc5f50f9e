import numpy as np

from stal_plugin.evaluation import candidate_boxes, one_row_per_box
from stal_plugin.structures import BoxTable

BOX = [0.0, 0, 10, 10]
NEAR = [0.0, 0, 10, 8]  # IoU with BOX is 0.8
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


def test_rows_of_one_box_become_its_top_label() -> None:
    dets = _dets(
        (0, BOX, 0, 0.2, 0.9),
        (1, BOX, 1, 0.3, 0.8),  # same box on another frame
        (0, BOX, 2, 0.7, 0.9),
        (0, NEAR, 0, 0.5, 0.6),
        (0, BOX, 1, 0.1, 0.9),
    )
    rows = one_row_per_box(dets)
    assert rows.scores.tolist() == [0.7, 0.5, 0.3]
    assert rows.labels.tolist() == [2, 0, 1]
    assert rows.frames.tolist() == [0, 0, 1]


def test_first_row_wins_between_equal_scores() -> None:
    dets = _dets((0, BOX, 2, 0.5, 0.9), (0, BOX, 1, 0.5, 0.9))
    assert one_row_per_box(dets).labels.tolist() == [2]
    assert len(one_row_per_box(dets.take(np.zeros(0, int)))) == 0


def test_one_candidate_per_actor_the_one_of_largest_objectness() -> None:
    # YOWO suppresses by objectness, not by score, and whatever the class
    dets = _dets(
        (0, BOX, 0, 0.5, 0.6),
        (0, NEAR, 1, 0.4, 0.9),
        (0, NEAR, 2, 0.2, 0.9),  # the same box: its top label counts
        (0, FAR, 0, 0.3, 0.3),
        (1, BOX, 2, 0.1, 0.7),
        (1, NEAR, 1, 0.3, 0.7),  # equal objectness: the larger score counts
    )
    boxes = candidate_boxes(dets)
    assert boxes.labels.tolist() == [1, 1, 0]
    assert boxes.scores.tolist() == [0.4, 0.3, 0.3]
    assert len(candidate_boxes(dets, nms_iou_thr=0.8)) == 5  # IoU 0.8 is not more
