import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.importers.jhmdb_release import JOINT_NAMES
from stal_plugin.annotations.keypoints import Keypoints, write_keypoints
from stal_plugin.datasets.jhmdb_dataset import JHMDBDataset
from stal_plugin.registry import DATASETS

PIPELINE = [
    {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 2, "test_mode": True},
    {"type": "stal_plugin.DecodeClip"},
    {"type": "stal_plugin.BoxesToPixels"},
    {"type": "mmaction.Resize", "scale": (32, 12), "keep_ratio": False},
    {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
    {"type": "stal_plugin.PackClipInputs", "meta_keys": ("frame", "scale_factor")},
]


@pytest.fixture
def csv_path(gray_footage: Path, tmp_path: Path) -> Path:
    """The gray footage with joints: x grows with the row, y with the joint."""
    root = tmp_path / "set"
    shutil.copytree(gray_footage.parent, root)
    annotation = read_annotation(root / "annotations.csv")
    points = np.zeros((len(annotation), 15, 2), np.float32)
    points[..., 0] = 0.1 * np.arange(len(annotation))[:, None]
    points[..., 1] = np.arange(15) / 16
    keypoints = Keypoints(
        JOINT_NAMES,
        annotation.rows.video_ids,
        annotation.rows.frames,
        annotation.rows.person_ids,
        points,
        np.arange(points[..., 0].size).reshape(-1, 15) % 4 > 0,
    )
    write_keypoints(root / "keypoints.npz", keypoints)
    return root / "annotations.csv"


def test_without_joints_it_is_a_stal_dataset(gray_footage: Path) -> None:
    kwargs = {"ann_file": str(gray_footage), "multilabel": True}
    jhmdb = DATASETS.build({"type": "stal_plugin.JHMDBDataset", **kwargs})
    plain = DATASETS.build({"type": "stal_plugin.STALDataset", **kwargs})
    names = {"dataset_type": "JHMDBDataset", "dataset_name": "J-HMDB-21"}
    assert jhmdb.metainfo == {**plain.metainfo, **names}
    np.testing.assert_equal(jhmdb.get_data_info(4), plain.get_data_info(4))


def test_joints_of_each_box(csv_path: Path) -> None:
    dataset = JHMDBDataset(
        str(csv_path), keypoint_file="keypoints.npz", empty_ratio=0.0, num_classes=3
    )
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    rows = np.float32(0.1 * np.arange(8)).tolist()
    found = [i["gt_keypoints_norm"][:, 0, 0].tolist() for i in infos]
    # Frames 1, 3, 5 of the long video, whose row 6 is a test frame, and the folder.
    expected = [rows[:1], rows[1:3], rows[3:6], rows[7:]]
    assert found == expected
    assert infos[2]["gt_keypoints_norm"].shape == (3, 15, 2)
    assert infos[0]["keypoint_visible"].tolist() == [
        [float(k % 4 > 0) for k in range(15)]
    ]
    assert infos[0]["mirrored_keypoints"][3:5].tolist() == [4, 3]
    assert dataset.metainfo["keypoint_names"] == JOINT_NAMES
    infos[0]["gt_keypoints_norm"][:] = 9  # a copy
    assert dataset.get_data_info(0)["gt_keypoints_norm"][0, 0, 0] == 0


def test_joints_reach_the_sample_in_pixels_of_the_input(csv_path: Path) -> None:
    dataset = JHMDBDataset(
        str(csv_path), PIPELINE, keypoint_file="keypoints.npz", test_mode=True
    )
    sample = dataset[2]["data_samples"]
    instances = sample.gt_instances
    assert sample.metainfo["frame"] == 3
    assert instances.keypoints.shape == (2, 15, 2)
    assert instances.keypoints.dtype == instances.keypoints_visible.dtype
    torch.testing.assert_close(
        instances.keypoints[:, 8], torch.tensor([[3.2, 6.0], [6.4, 6.0]])
    )
    assert instances.keypoints_visible[0].tolist() == [
        float(k % 4 > 0) for k in range(15, 30)
    ]
    empty = dataset[1]["data_samples"].gt_instances
    assert empty.keypoints.shape == (0, 15, 2)
    assert empty.keypoints_visible.shape == (0, 15)
    torch.testing.assert_close(
        instances.bboxes[1], torch.tensor([16.0, 3.0, 24.0, 6.0])
    )


def test_a_flip_swaps_left_and_right(csv_path: Path) -> None:
    """Through the whole pipeline: the right side's place holds the mirrored left."""
    flip = {"type": "stal_plugin.FlipClip", "flip_ratio": 1.0}
    samples = [
        JHMDBDataset(
            str(csv_path), steps, keypoint_file="keypoints.npz", test_mode=True
        )[2]["data_samples"].gt_instances
        for steps in (PIPELINE, [*PIPELINE[:-2], flip, *PIPELINE[-2:]])
    ]
    plain, flipped = samples
    partner = []
    for name in JOINT_NAMES:
        side, _, part = name.partition("_")
        other = {"right": "left", "left": "right"}.get(side)
        partner.append(JOINT_NAMES.index(f"{other}_{part}" if other else name))
    assert partner[:5] == [0, 1, 2, 4, 3]
    mirrored = plain.keypoints[:, partner] * torch.tensor([-1, 1])
    torch.testing.assert_close(flipped.keypoints, mirrored + torch.tensor([32.0, 0]))
    assert torch.equal(flipped.keypoints_visible, plain.keypoints_visible[:, partner])
    assert not torch.equal(flipped.keypoints_visible, plain.keypoints_visible)


def test_missing_file(gray_footage: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"keypoints .*joints\.npz are missing"):
        JHMDBDataset(str(gray_footage), keypoint_file="joints.npz")
