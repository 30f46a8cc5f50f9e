import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stal_plugin.annotations.importers.tubes_pickle import read_tubes_pickle

VIDEO = "catch/v (1)"


def _data() -> dict[str, Any]:
    tube = np.array([[2, 1, 2, 3, 4], [3, 1, 2, 5, 6]], dtype=np.float32)
    return {
        "labels": ["brush", "catch"],
        "gttubes": {VIDEO: {1: [tube, tube[:1] + 1]}},
        "nframes": {VIDEO: 5},
        "train_videos": [[VIDEO]],
        "test_videos": [[]],
        "resolution": {VIDEO: (240, 320)},
    }


def _save(path: Path, data: object) -> Path:
    path.write_bytes(pickle.dumps(data, 2))
    return path


def test_content(tmp_path: Path) -> None:
    tubes = read_tubes_pickle(_save(tmp_path / "gt.pkl", _data()))
    assert tubes.labels == ["brush", "catch"]
    assert tubes.num_frames == {VIDEO: 5}
    assert tubes.resolution == {VIDEO: (240, 320)}
    assert (tubes.train_videos, tubes.test_videos) == ([[VIDEO]], [[]])
    first, second = tubes.tubes[VIDEO]
    assert (first.label, first.frames.tolist()) == (1, [2, 3])
    assert first.boxes.tolist() == [[1, 2, 3, 4], [1, 2, 5, 6]]
    assert second.frames.tolist() == [3]


def _drop(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda data: data.pop(key)


def _tube(value: object) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["gttubes"][VIDEO].update({1: [value]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop("nframes"), "key 'nframes' is missing"),
        (lambda d: d["nframes"].clear(), r"video 'catch/v \(1\)' is not in nframes"),
        (lambda d: d["gttubes"][VIDEO].update({2: []}), "label 2 is not in 0..1"),
        (lambda d: d["gttubes"].update({VIDEO: []}), "a list, not a dict of lists"),
        (lambda d: d.update(gttubes=[]), "gttubes is a list, not a dict"),
        (lambda d: d.update(test_videos=3), "test_videos is a int, not a list"),
        (_tube(np.zeros((2, 4))), r"a tube of shape \(2, 4\), must be \(N, 5\)"),
        (_tube(np.array([["a"] * 5])), "a tube of type <U1, must be numbers"),
        (_tube(np.array([[0, 1, 2, 3, 4]])), "frame 0 is not a whole number from 1"),
        (_tube(np.array([[1.5, 1, 2, 3, 4]])), "frame 1.5 is not a whole number"),
        (_tube(np.array([[4, 1, 2, 3, 4]] * 2)), "frames do not increase at frame 4"),
    ],
)
def test_faults(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    data = _data()
    change(data)
    with pytest.raises(ValueError, match=message):
        read_tubes_pickle(_save(tmp_path / "gt.pkl", data))


def test_no_dict(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"gt\.pkl holds a list, not a dict"):
        read_tubes_pickle(_save(tmp_path / "gt.pkl", [1]))


@pytest.mark.data
def test_real_sample(shared_data: Path) -> None:
    tubes = read_tubes_pickle(shared_data / "ucf24_mini" / "UCF101v2-GT-mini.pkl")
    assert len(tubes.labels) == 24
    assert len(tubes.tubes) == 7
    assert sum(len(t.frames) for own in tubes.tubes.values() for t in own) == 1238
    fencing = tubes.tubes["Fencing/v_Fencing_g01_c06"]
    assert [tube.label for tube in fencing] == [6, 6]
    assert tubes.num_frames["Fencing/v_Fencing_g01_c06"] == 174


def test_parts_that_are_used_again_and_again(tmp_path: Path) -> None:
    data = _data()
    data["gttubes"][VIDEO][1] *= 10**5
    path = _save(tmp_path / "gt.pkl", data)
    with pytest.raises(ValueError, match="the tubes are larger than the file"):
        read_tubes_pickle(path)
    data = _data()
    shared: list = ["a"]
    for _ in range(60):
        shared = [shared, shared]
    data["labels"] = data["test_videos"] = [shared]
    path = _save(tmp_path / "gt.pkl", data)
    with pytest.raises(ValueError, match="it uses its parts again so often"):
        read_tubes_pickle(path)
