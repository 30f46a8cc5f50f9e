import torch

from stal_plugin.models.task_modules.yowo_assigner import (
    YOWOAssigner,
    match_priors,
    shape_iou,
)

ANCHORS = torch.tensor([[10.0, 10.0], [20.0, 40.0]])


def test_shape_iou_by_hand() -> None:
    iou = shape_iou(torch.tensor([[10.0, 20.0]]), ANCHORS)
    assert torch.allclose(iou, torch.tensor([[0.5, 0.25]]))


def test_prior_is_cell_of_centre_and_anchor_of_shape() -> None:
    boxes = torch.tensor(
        [
            [0.0, 0.0, 10.0, 10.0],  # centre (5, 5): row 0, column 0, anchor 0
            [22.0, 40.0, 42.0, 80.0],  # centre (32, 60): row 3, column 2, anchor 1
            [60.0, 60.0, 68.0, 68.0],  # centre on the border (64, 64): last cell
        ]
    )
    index = match_priors(boxes, ANCHORS, (16, 16), (4, 4))
    assert index.tolist() == [0, (3 * 4 + 2) * 2 + 1, (3 * 4 + 3) * 2]


def test_rectangular_maps_and_strides() -> None:
    boxes = torch.tensor([[30.0, 14.0, 40.0, 24.0]])  # centre (35, 19)
    # column 35 // 16 = 2, row 19 // 8 = 2, five columns
    assert match_priors(boxes, ANCHORS, (16, 8), (3, 5)).tolist() == [(2 * 5 + 2) * 2]


def test_later_ground_truth_wins_a_collision() -> None:
    boxes = [
        torch.tensor([[0.0, 0, 10, 10], [1, 1, 11, 11], [0, 0, 20, 40]]),
        torch.zeros(0, 4),
        torch.tensor([[0.0, 0, 9, 9]]),
    ]
    pred = torch.zeros(3, 32, 4)
    targets = YOWOAssigner().assign(pred, boxes, ANCHORS, (16, 16), (4, 4))
    found = sorted(
        zip(
            targets.batch_inds.tolist(),
            targets.prior_inds.tolist(),
            targets.gt_inds.tolist(),
            strict=True,
        )
    )
    # the third box has its centre in row 1, column 0
    assert found == [(0, 0, 1), (0, 4 * 2 + 1, 2), (2, 0, 3)]


def test_good_predictions_are_ignored_but_matched_ones_are_not() -> None:
    gt = [torch.tensor([[0.0, 0.0, 10.0, 10.0]]), torch.zeros(0, 4)]
    pred = torch.zeros(2, 32, 4)
    pred[0, 0] = gt[0][0]  # matched
    pred[0, 5] = torch.tensor([0.0, 0.0, 10.0, 7.0])  # IoU 0.7
    pred[0, 6] = torch.tensor([0.0, 0.0, 10.0, 6.0])  # IoU 0.6, not above
    pred[1, 5] = pred[0, 5]  # another clip
    targets = YOWOAssigner(0.6).assign(pred, gt, ANCHORS, (16, 16), (4, 4))
    assert targets.ignored.nonzero().tolist() == [[0, 5]]


def test_batch_without_boxes() -> None:
    pred = torch.zeros(2, 32, 4)
    targets = YOWOAssigner().assign(
        pred, [torch.zeros(0, 4)] * 2, ANCHORS, (16, 16), (4, 4)
    )
    assert [len(part) for part in targets[:3]] == [0, 0, 0]
    assert not targets.ignored.any()
