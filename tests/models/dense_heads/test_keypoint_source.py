import pytest
import torch
from mmengine.structures import InstanceData

from stal_plugin.models.dense_heads.keypoint_source import (
    check_keypoint_source,
    keypoints_to_learn,
)
from stal_plugin.models.task_modules.keypoint_snapping import box_keypoints

BOXES = torch.tensor([[0.0, 0.0, 10.0, 20.0], [5.0, 5.0, 6.0, 6.0]])


def test_points_of_boxes_are_all_visible() -> None:
    gts = [InstanceData(bboxes=BOXES), InstanceData(bboxes=BOXES[:0])]
    points, visible = keypoints_to_learn(gts, 9, "box")
    assert torch.equal(points[0], box_keypoints(BOXES))
    assert points[1].shape == (0, 9, 2)
    assert visible is None
    assert keypoints_to_learn(gts, 0, "box") == (None, None)


def test_joints_of_the_data() -> None:
    joints, seen = torch.rand(2, 15, 2), torch.ones(2, 15)
    gt = InstanceData(bboxes=BOXES, keypoints=joints, keypoints_visible=seen)
    points, visible = keypoints_to_learn([gt], 15, "gt")
    assert points[0] is joints
    assert visible[0] is seen
    with pytest.raises(ValueError, match=r"\(N, 17, 2\).*but the keypoints are \(2, 1"):
        keypoints_to_learn([gt], 17, "gt")
    with pytest.raises(ValueError, match="keypoints are None: set keypoint_file"):
        keypoints_to_learn([InstanceData(bboxes=BOXES)], 15, "gt")


def test_arguments() -> None:
    check_keypoint_source(15, "gt")
    check_keypoint_source(0, "box")
    with pytest.raises(ValueError, match="num_keypoints=15, but a box has 9"):
        check_keypoint_source(15, "box")
    with pytest.raises(ValueError, match="got 'joints'"):
        check_keypoint_source(9, "joints")
