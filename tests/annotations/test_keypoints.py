import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.jhmdb_release import JOINT_NAMES
from stal_plugin.annotations.keypoints import Keypoints, read_keypoints, write_keypoints


@pytest.fixture
def keypoints() -> Keypoints:
    rng = np.random.default_rng(0)
    return Keypoints(
        names=("neck", "right_knee", "left_knee"),
        video_ids=np.array(["b/ö", "b/ö", "a (1)"], dtype=object),
        frames=np.array([1, 2, 1]),
        person_ids=np.array([0, 0, -1]),
        points=rng.uniform(-0.2, 1.2, (3, 3, 2)).astype(np.float32),
        visible=rng.random((3, 3)) < 0.5,
    )


def test_round_trip(tmp_path: Path, keypoints: Keypoints) -> None:
    write_keypoints(tmp_path / "k.npz", keypoints)
    found = read_keypoints(tmp_path / "k.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["k.npz"]
    assert found.names == keypoints.names
    for name in ("video_ids", "frames", "person_ids", "points", "visible"):
        np.testing.assert_array_equal(getattr(found, name), getattr(keypoints, name))
    assert (found.points.dtype, found.visible.dtype) == (np.float32, bool)
    assert len(found) == 3


def test_no_rows(tmp_path: Path, keypoints: Keypoints) -> None:
    names = ("video_ids", "frames", "person_ids", "points", "visible")
    none = replace(keypoints, **{n: getattr(keypoints, n)[:0] for n in names})
    write_keypoints(tmp_path / "k.npz", none)
    assert read_keypoints(tmp_path / "k.npz").points.shape == (0, 3, 2)


def test_left_and_right_swap(keypoints: Keypoints) -> None:
    assert keypoints.mirrored().tolist() == [0, 2, 1]
    assert replace(keypoints, names=("right_eye", "nose")).mirrored().tolist() == [0, 1]
    order = replace(keypoints, names=JOINT_NAMES).mirrored()
    pairs = [(3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14)]
    assert all((order[a], order[b]) == (b, a) for a, b in pairs)
    assert order[:3].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": np.zeros((3, 2, 2))}, r"points has shape \(3, 2, 2\), must be"),
        ({"points": np.full((3, 3, 2), np.nan)}, "row 0: a point is not finite"),
        ({"frame": np.arange(2)}, r"frame has shape \(2,\), must be \(3,\)"),
        ({"video": np.array([0, 2, 0])}, r"video must lie in 0\.\.1"),
        ({"visible": np.full((3, 3), "x")}, "visible has shape"),
    ],
)
def test_faults(
    tmp_path: Path, keypoints: Keypoints, change: dict, message: str
) -> None:
    path = tmp_path / "k.npz"
    write_keypoints(path, keypoints)
    with np.load(path) as file:
        arrays = {**file, **change}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=rf"k\.npz: 1 problem\(s\)\n  {message}"):
        read_keypoints(path)


def test_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "k.npz"
    with pytest.raises(FileNotFoundError, match=r"k\.npz are missing; write them with"):
        read_keypoints(path)
    np.savez(path, names=np.array(["a"]))
    with pytest.raises(ValueError, match=r"k\.npz is no file of keypoints: 'videos"):
        read_keypoints(path)
    path.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(ValueError, match=r"k\.npz is no file of keypoints"):
        read_keypoints(path)


class Evil:
    def __reduce__(self) -> tuple:
        return print, ("ran",)


def test_pickles_are_not_loaded(
    tmp_path: Path, keypoints: Keypoints, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "k.npz"
    write_keypoints(path, keypoints)
    with np.load(path) as file:
        arrays = {**file, "names": np.array([Evil()], dtype=object)}
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match="no file of keypoints: Object arrays cannot"):
        read_keypoints(path)
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ValueError, match="is no file of keypoints"):
        read_keypoints(path)
    assert "ran" not in capsys.readouterr().out
