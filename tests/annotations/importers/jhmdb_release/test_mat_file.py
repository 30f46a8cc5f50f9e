from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations.importers.jhmdb_release import read_mat_array


def test_array_and_dropped_last_dimension(tmp_path: Path) -> None:
    path = tmp_path / "a (1).mat"
    cube = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    savemat(path, {"cube": cube, "flat": cube[..., 0], "text": "abc"})
    np.testing.assert_array_equal(read_mat_array(path, "cube"), cube)
    np.testing.assert_array_equal(read_mat_array(path, "flat"), cube[..., :1])
    with pytest.raises(ValueError, match=r"a \(1\)\.mat has no array 'mask'"):
        read_mat_array(path, "mask")
    with pytest.raises(ValueError, match="text is not an array of numbers"):
        read_mat_array(path, "text")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no readable MATLAB file"),
        (b"PNG" * 99, "is no readable MATLAB file"),
        # Version 0x0200 in the header: an HDF5 file.
        (b"MATLAB 7.3".ljust(124) + b"\x00\x02IM", "is a MATLAB 7.3 file"),
    ],
)
def test_faults(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.mat"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"bad\.mat {message}"):
        read_mat_array(path, "x")


def test_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.mat"
    savemat(path, {"x": np.random.default_rng(0).random((9, 9, 9))})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"cut\.mat is no readable MATLAB file"):
        read_mat_array(path, "x")


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.mat is missing"):
        read_mat_array(tmp_path / "none.mat", "x")
