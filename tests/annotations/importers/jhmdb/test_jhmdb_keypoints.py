from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.annotations.importers.jhmdb import keypoints_of_joints, read_joints
from stal_plugin.structures.box_table import BoxTable


@pytest.fixture
def annotation() -> Annotation:
    """Two videos of 8x4 pixels; frame 2 of the second has no row."""
    return Annotation(
        classes=["a"],
        videos={v: VideoInfo(v, 30.0, 8, 4, 3, v, "train") for v in ("u", "v")},
        rows=BoxTable(
            frames=np.array([1, 2, 3, 1, 3]),
            boxes=np.tile([0.1, 0.1, 0.9, 0.9], (5, 1)),
            labels=np.zeros(5, dtype=int),
            video_ids=np.array(["u", "u", "u", "v", "v"], dtype=object),
            person_ids=np.zeros(5, dtype=int),
        ),
    )


def test_rows_units_and_visibility(annotation: Annotation) -> None:
    joints = {"u": np.empty((2, 15, 2)), "v": np.empty((3, 15, 2))}
    joints["u"][:] = [[[2, 1]], [[6, 2]]]
    joints["v"][:] = 4, 3
    joints["v"][2, 7] = 8, 3  # the right edge is outside
    joints["v"][2, 8] = -0.5, 3
    keypoints = keypoints_of_joints(annotation, joints)
    expected = [[0.25, 0.25], [0.75, 0.5], [0.75, 0.5], [0.5, 0.75], [0.5, 0.75]]
    assert keypoints.points[:, 0].tolist() == expected
    assert keypoints.points[4, 7].tolist() == [1.0, 0.75]
    assert keypoints.visible[:2].all()
    assert not keypoints.visible[2].any()  # after the last annotated frame
    assert np.flatnonzero(~keypoints.visible[4]).tolist() == [7, 8]
    assert keypoints.video_ids.tolist() == ["u", "u", "u", "v", "v"]
    assert keypoints.frames.tolist() == [1, 2, 3, 1, 3]


def test_read(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.mat" for name in "uv"}
    savemat(files["u"], {"pos_img": np.ones((2, 15, 3))})
    savemat(files["v"], {"pos_img": np.ones((2, 15, 2))})
    joints, short = read_joints(files, {"u": 3, "v": 3})
    assert joints["u"].shape == (3, 15, 2)
    assert short == {"v": 2}
    with pytest.raises(ValueError, match=r"u\.mat has joints of 3 frames, .* has 2"):
        read_joints(files, {"u": 2, "v": 3})
