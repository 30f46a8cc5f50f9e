import numpy as np
import pytest
import torch

from stal_plugin.datasets.transforms import PackClipInputs
from stal_plugin.registry import TRANSFORMS


@pytest.fixture
def results() -> dict:
    return {
        "imgs": np.zeros((3, 2, 4, 4), np.uint8),
        "gt_bboxes": np.array([[0, 1, 2, 3]], np.float32),
        "gt_labels": np.array([2]),
        "video_id": "v",
        "other": 1,
    }


def test_without_keypoints_it_is_the_host(results: dict) -> None:
    ours = PackClipInputs(meta_keys=("video_id",))(dict(results))
    host = TRANSFORMS.build(
        {"type": "mmaction.PackActionInputs", "meta_keys": ("video_id",)}
    )(dict(results))
    assert ours.keys() == host.keys()
    assert torch.equal(ours["inputs"], host["inputs"])
    ours, host = ours["data_samples"], host["data_samples"]
    assert ours.metainfo == host.metainfo == {"video_id": "v"}
    assert set(ours.gt_instances.keys()) == {"bboxes", "labels"}
    assert torch.equal(ours.gt_instances.bboxes, host.gt_instances.bboxes)


def test_keypoints(results: dict) -> None:
    results["keypoint"] = np.arange(6, dtype=np.float64).reshape(1, 3, 2)
    results["keypoint_visible"] = np.array([[1.0, 0.0, 1.0]])
    packed = PackClipInputs(meta_keys=["video_id"])(results)
    instances = packed["data_samples"].gt_instances
    assert instances.keypoints.tolist() == [[[0, 1], [2, 3], [4, 5]]]
    assert instances.keypoints_visible.tolist() == [[1, 0, 1]]
    assert instances.keypoints.dtype == torch.float32
    assert packed["inputs"].shape == (3, 2, 4, 4)
    assert len(instances[instances.labels == 0].keypoints) == 0  # selected with boxes
