from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations.importers.jhmdb import read_mask_boxes
from stal_plugin.annotations.importers.jhmdb_release import (
    JOINT_NAMES,
    read_joint_positions,
)

VIDEO = "catch/Goal_Keeping_Tips_catch_f_cm_np1_fr_med_2"


def test_order_and_middle_of_pixels(tmp_path: Path) -> None:
    path = tmp_path / "joint_positions.mat"
    points = np.arange(2 * 15 * 3, dtype=float).reshape(2, 15, 3)
    points[:, 2, 1] = 1, 240  # the first column's and the last row's middle
    savemat(path, {"pos_img": points})
    found = read_joint_positions(path)
    assert found.shape == (3, 15, 2)
    assert found[1, 2].tolist() == [0.5, 239.5]
    assert found[2, 14].tolist() == [points[0, 14, 2] - 0.5, points[1, 14, 2] - 0.5]
    assert JOINT_NAMES[2] == "face"
    assert JOINT_NAMES[14] == "left_ankle"


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((2, 14, 3)), r"shape \(2, 14, 3\), must be \(2, 15, frames\)"),
        (np.zeros((15, 2, 3)), r"shape \(15, 2, 3\)"),
    ],
)
def test_faults(tmp_path: Path, points: np.ndarray, message: str) -> None:
    savemat(tmp_path / "joints.mat", {"pos_img": points})
    with pytest.raises(ValueError, match=message) as error:
        read_joint_positions(tmp_path / "joints.mat")
    assert "joints.mat" in str(error.value)


def test_not_finite(tmp_path: Path) -> None:
    points = np.ones((2, 15, 3))
    points[0, 5, 1] = np.nan
    savemat(tmp_path / "joints.mat", {"pos_img": points})
    message = r"joint 'right_hip' of frame 2 is \[nan, 0\.5\]; 1 joint"
    with pytest.raises(ValueError, match=message):
        read_joint_positions(tmp_path / "joints.mat")


@pytest.mark.data
def test_real_joints_lie_on_the_actor(shared_data: Path) -> None:
    root = shared_data / "jhmdb_sample"
    joints = read_joint_positions(
        root / "joint_positions" / VIDEO / "joint_positions.mat"
    )
    boxes = read_mask_boxes(
        root / "puppet_mask" / VIDEO / "puppet_mask.mat", (240, 320)
    )
    assert joints.shape == (40, 15, 2)
    low, high = boxes[:, None, :2], boxes[:, None, 2:] + 1
    outside = np.maximum(np.maximum(low - joints, joints - high), 0)
    # Fast arms of this goalkeeper leave the mask, by up to 52 pixels; the trunk does
    # not, and most joints are inside.
    trunk = [k for k, n in enumerate(JOINT_NAMES) if n.endswith(("neck", "belly"))]
    trunk += [k for k, n in enumerate(JOINT_NAMES) if n.endswith(("shoulder", "hip"))]
    assert outside[:, trunk].max() < 6
    assert outside.max() < 53
    assert (outside == 0).all(-1).mean() > 0.8
    upright = joints[0]
    assert upright[JOINT_NAMES.index("face"), 1] < upright[0, 1]
    assert (upright[:2, 1] < upright[-2:, 1]).all()  # neck, belly above ankles
