from pathlib import Path

import numpy as np
import pytest
from numpy.lib.recfunctions import repack_fields
from scipy.io import loadmat, savemat

from stal_plugin.annotations.importers.ucf24 import read_ucf24_mat

VIDEO = "Biking/v_Biking_g01_c01"


def _tube(first: int, label: int, boxes: list) -> dict:
    last = first + len(boxes) - 1
    return {"ef": last, "sf": first, "class": label, "boxes": np.array(boxes, float)}


def _save(path: Path, *videos: tuple[str, list[dict]]) -> Path:
    """The layout of finalAnnots.mat: struct arrays in struct arrays."""
    tube = np.dtype([(name, object) for name in ("ef", "sf", "class", "boxes")])
    video = np.dtype([(name, object) for name in ("num_imgs", "name", "tubes")])
    annot = np.zeros((1, len(videos)), video)
    for v, (name, tubes) in enumerate(videos):
        rows = np.zeros((1, len(tubes)), tube)
        for t, own in enumerate(tubes):
            rows[0, t] = tuple(own[key] for key in tube.names or ())
        annot[0, v] = (99, name, rows)
    savemat(str(path), {"annot": annot})
    return path


def test_tubes(tmp_path: Path) -> None:
    path = _save(
        tmp_path / "f.mat",
        (
            VIDEO,
            [
                _tube(3, 2, [[1, 2, 10, 20], [2, 3, 10, 20]]),
                _tube(1, 2, [[5, 5, 5, 5]]),
            ],
        ),
        ("Aa/v_Aa_g01_c01", [_tube(7, 1, [[0, 0, 320, 240]])]),
    )
    boxes = read_ucf24_mat(path)
    assert boxes.classes == ["Aa", "Biking"]
    assert boxes.rows.frames.tolist() == [3, 4, 1, 7]
    assert boxes.track_names.tolist() == ["0", "0", "1", "0"]
    assert boxes.rows.boxes.tolist() == [
        [1, 2, 11, 22],
        [2, 3, 12, 23],
        [5, 5, 10, 10],
        [0, 0, 320, 240],
    ]
    assert boxes.base == 1
    assert boxes.lengths == {VIDEO: 99, "Aa/v_Aa_g01_c01": 99}
    assert read_ucf24_mat(path, {1: "x", 2: "y"}).classes == ["x", "y"]


def test_faults(tmp_path: Path) -> None:
    path = _save(
        tmp_path / "f.mat",
        (VIDEO, [_tube(1, 2, [[1, 1, 1, 1]])]),
        ("Run/v", [_tube(1, 2, [[1, 1, 1, 1]])]),
    )
    with pytest.raises(ValueError, match="Run/v, tube 1: class 2 is 'Biking'"):
        read_ucf24_mat(path)
    savemat(str(path), {"other": np.zeros(3)})
    with pytest.raises(ValueError, match="has no struct array 'annot'"):
        read_ucf24_mat(path)
    path.write_bytes(b"MATLAB 5.0 but not really")
    with pytest.raises(ValueError, match="is no readable MATLAB file"):
        read_ucf24_mat(path)
    with pytest.raises(FileNotFoundError, match="is missing"):
        read_ucf24_mat(tmp_path / "none.mat")


@pytest.mark.parametrize("count", ["x", np.nan, -3, None])
def test_a_video_without_its_number_of_frames(tmp_path: Path, count: object) -> None:
    path = _save(tmp_path / "f.mat", (VIDEO, [_tube(1, 1, [[1, 2, 3, 4]])]))
    content = loadmat(str(path))["annot"]
    if count is None:
        content = repack_fields(content[["name", "tubes"]])
    else:
        content[0, 0]["num_imgs"] = count
    savemat(str(path), {"annot": content})
    assert read_ucf24_mat(path).lengths == {}
