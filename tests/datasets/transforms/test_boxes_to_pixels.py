import numpy as np
import pytest

from stal_plugin.datasets.transforms import BoxesToPixels


def test_values():
    boxes = np.array([[0.25, 0.5, 0.75, 1.0]], np.float32)
    results = BoxesToPixels()({"gt_boxes_norm": boxes, "img_shape": (48, 64)})
    assert results["gt_bboxes"].tolist() == [[16, 24, 48, 48]]
    assert results["gt_bboxes"].dtype == np.float32
    assert boxes.tolist() == [[0.25, 0.5, 0.75, 1.0]]


def test_a_decoder_that_scaled_boxes_does_no_harm():
    boxes = np.array([[0.25, 0.5, 0.75, 1.0]], np.float32)
    results = {"gt_boxes_norm": boxes, "img_shape": (48, 64), "gt_bboxes": boxes * 9}
    assert BoxesToPixels()(results)["gt_bboxes"].tolist() == [[16, 24, 48, 48]]


def test_no_boxes():
    results = {"gt_boxes_norm": np.zeros((0, 4), np.float32), "img_shape": (48, 64)}
    assert BoxesToPixels()(results)["gt_bboxes"].shape == (0, 4)


@pytest.mark.parametrize("extra", [{"crop_window": (0, 0, 1, 1)}, {"flip": True}])
def test_wrong_place_in_the_pipeline(extra):
    results = {"gt_boxes_norm": np.zeros((0, 4)), "img_shape": (4, 4), **extra}
    with pytest.raises(ValueError, match="right after the decoder"):
        BoxesToPixels()(results)


def test_keypoints():
    points = np.array([[[0.5, 0.25], [-0.25, 1.5]]], np.float32)
    results = BoxesToPixels()(
        {
            "gt_boxes_norm": np.zeros((1, 4)),
            "gt_keypoints_norm": points,
            "img_shape": (48, 64),
        }
    )
    assert results["keypoint"].tolist() == [[[32, 12], [-16, 72]]]
    assert results["keypoint"].dtype == np.float32
    assert points[0, 0, 0] == 0.5
