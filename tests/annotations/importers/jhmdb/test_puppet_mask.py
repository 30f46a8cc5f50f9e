from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.io import loadmat, savemat

from stal_plugin.annotations.importers.jhmdb import mask_boxes, read_mask_boxes

REAL = "puppet_mask/catch/Goal_Keeping_Tips_catch_f_cm_np1_fr_med_2/puppet_mask.mat"


def test_extent_is_0_based_and_inclusive() -> None:
    mask = np.zeros((6, 8, 4), np.uint8)
    mask[2, 3, 0] = 1  # one pixel
    mask[1:4, 2:7, 1] = 255
    mask[0, 7, 2] = mask[5, 0, 2] = 1  # two corners
    boxes = mask_boxes(mask)
    assert boxes.tolist() == [[3, 2, 3, 2], [2, 1, 6, 3], [0, 0, 7, 5], [-1] * 4]
    assert boxes.dtype == np.int64


@given(arrays(np.int8, (5, 7, 3), elements=st.integers(-1, 1)))
def test_equals_a_loop_over_frames(mask: np.ndarray) -> None:
    for t, box in enumerate(mask_boxes(mask).tolist()):
        ys, xs = np.nonzero(mask[..., t] > 0)
        expected = [xs.min(), ys.min(), xs.max(), ys.max()] if len(xs) else [-1] * 4
        assert box == expected


def test_faults(tmp_path: Path) -> None:
    path = tmp_path / "puppet_mask.mat"
    mask = np.ones((6, 8, 4), np.uint8)
    mask[..., 2] = 0
    savemat(path, {"part_mask": mask})
    with pytest.raises(ValueError, match=r"puppet_mask\.mat: the mask of frame 3 has"):
        read_mask_boxes(path, (6, 8))
    with pytest.raises(ValueError, match=r"has 6x8 pixels .*frames have 8x6"):
        read_mask_boxes(path, (8, 6))


def test_one_frame(tmp_path: Path) -> None:
    path = tmp_path / "puppet_mask.mat"
    savemat(path, {"part_mask": np.ones((6, 8), np.uint8)})  # as MATLAB writes it
    assert read_mask_boxes(path, (6, 8)).tolist() == [[0, 0, 7, 5]]


@pytest.mark.data
def test_real_mask(shared_data: Path) -> None:
    path = shared_data / "jhmdb_sample" / REAL
    boxes = read_mask_boxes(path, (240, 320))
    assert boxes.shape == (40, 4)
    mask = loadmat(str(path))["part_mask"]
    for frame in (1, 2, 17, 33, 40):
        ys, xs = np.where(mask[:, :, frame - 1] > 0)
        expected = [xs.min(), ys.min(), xs.max(), ys.max()]
        assert boxes[frame - 1].tolist() == expected
    assert boxes[0].tolist() == [257, 91, 313, 202]
