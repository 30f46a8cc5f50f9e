import torch

from stal_plugin.models.task_modules.keypoint_snapping import box_keypoints


def test_nine_points_by_hand() -> None:
    boxes = torch.tensor([[10.0, 20.0, 30.0, 60.0]])
    expected = [
        [20, 40],
        [10, 20],
        [30, 20],
        [30, 60],
        [10, 60],
        [20, 20],
        [30, 40],
        [20, 60],
        [10, 40],
    ]
    assert box_keypoints(boxes)[0].tolist() == expected
    assert box_keypoints(boxes.expand(2, 3, 4)).shape == (2, 3, 9, 2)
    assert box_keypoints(boxes[:0]).shape == (0, 9, 2)
