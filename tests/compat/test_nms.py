import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.compat.nms import nms, plain_nms, torchvision_nms


def reference(boxes, scores, threshold, offset):
    """Greedy loop over boxes, one at a time; ties go to the first."""
    boxes = boxes.astype(np.float32)
    area = lambda b: (b[2] - b[0] + offset) * (b[3] - b[1] + offset)  # noqa: E731
    kept = []
    for i in np.argsort(-scores, kind="stable"):
        for k in kept:
            w = min(boxes[i, 2], boxes[k, 2]) - max(boxes[i, 0], boxes[k, 0]) + offset
            h = min(boxes[i, 3], boxes[k, 3]) - max(boxes[i, 1], boxes[k, 1]) + offset
            inter = np.float32(max(w, 0) * max(h, 0))
            with np.errstate(invalid="ignore"):
                if inter / (area(boxes[i]) + area(boxes[k]) - inter) > threshold:
                    break
        else:
            kept.append(int(i))
    return kept


def run(boxes, scores, threshold, offset):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    scores = torch.tensor(scores, dtype=torch.float32)
    kept = plain_nms(boxes, scores, threshold, offset)
    assert kept.dtype == torch.int64
    if torchvision_nms is not None:
        assert torch.equal(nms(boxes, scores, threshold, offset), kept)
    return kept.tolist()


corner = st.integers(0, 12)
box = st.tuples(corner, corner, corner, corner).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)
# few distinct scores: many ties
scored = st.lists(st.tuples(box, st.integers(0, 5)), max_size=40)


@settings(max_examples=150, deadline=None)
@given(scored, st.sampled_from([0.0, 0.3, 0.5, 0.75]), st.sampled_from([0, 1]))
def test_equals_a_greedy_loop(items, threshold, offset):
    boxes = np.array([b for b, _ in items], np.float32).reshape(-1, 4)
    scores = np.array([s for _, s in items], np.float32)
    assert run(boxes, scores, threshold, offset) == reference(
        boxes, scores, threshold, offset
    )


@pytest.mark.parametrize("offset", [0, 1])
def test_equals_a_greedy_loop_over_several_blocks(offset):
    rng = np.random.default_rng(offset)
    corners = rng.uniform(0, 150, (2500, 2))
    boxes = np.hstack([corners, corners + rng.uniform(5, 40, (2500, 2))])
    scores = rng.random(2500)
    kept = run(boxes, scores, 0.2, offset)
    assert kept == reference(boxes, scores.astype(np.float32), 0.2, offset)
    assert len(kept) > 20


def test_offset_is_the_width_of_a_pixel():
    boxes = [[0, 0, 1, 1], [1, 0, 2, 1]]
    # with a pixel's width the boxes are 2 x 2 and share a 1 x 2 column: IoU 1/3
    assert run(boxes, [0.9, 0.8], 0.3, 0) == [0, 1]
    assert run(boxes, [0.9, 0.8], 0.3, 1) == [0]


def test_iou_equal_to_the_threshold_is_kept():
    boxes = [[0, 0, 2, 2], [0, 0, 2, 1]]  # IoU exactly 1/2
    assert run(boxes, [0.9, 0.8], 0.5, 0) == [0, 1]
    assert run(boxes, [0.9, 0.8], 0.49, 0) == [0]
    boxes = [[2, 0, 5, 3], [1, 2, 5, 3]]  # 3/10, in single precision
    assert run(boxes, [0.9, 0.8], 0.3, 0) == [0, 1]
    assert run(boxes, [0.9, 0.8], 0.299, 0) == [0]


def test_a_dropped_box_drops_no_other():
    boxes = [[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]]  # IoU of neighbours 3/7
    assert run(boxes, [0.9, 0.8, 0.7], 0.4, 0) == [0, 2]


def test_no_boxes():
    assert run([], [], 0.5, 0) == []


def test_mmcv_functions_use_it():
    from mmcv.ops import batched_nms
    from mmcv.ops import nms as mmcv_nms

    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    scores = torch.tensor([0.8, 0.9, 0.3])
    dets, kept = mmcv_nms(boxes, scores, iou_threshold=0.5)
    assert kept.tolist() == [1, 2]
    assert torch.equal(dets[:, :4], boxes[[1, 2]])
    classes = torch.tensor([0, 1, 0])  # overlapping boxes of two classes both stay
    _, kept = batched_nms(boxes, scores, classes, {"type": "nms", "iou_threshold": 0.5})
    assert kept.tolist() == [1, 0, 2]
