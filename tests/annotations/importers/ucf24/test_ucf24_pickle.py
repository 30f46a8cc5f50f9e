import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stal_plugin.annotations.importers.recognition import recognised_format
from stal_plugin.annotations.importers.ucf24 import read_ucf24_pickle


def _write(path: Path, **changes: Any) -> Path:
    boxes = np.array([[20, 40, 70, 160]] * 3, np.int16)
    tube = {"label": 4, "sf": 6, "ef": 9, "boxes": boxes, **changes}
    data = {"Wave/v": {"numf": 10, "label": 4, "annotations": [tube]}}
    path.write_bytes(pickle.dumps(data))
    return path


def test_tubes(tmp_path: Path) -> None:
    path = _write(tmp_path / "pyannot.pkl")
    assert recognised_format(path) == "ucf24"
    boxes = read_ucf24_pickle(path)
    assert boxes.base == 0
    assert boxes.lengths == {"Wave/v": 10}
    assert boxes.rows.frames.tolist() == [6, 7, 8]
    assert boxes.rows.boxes[0].tolist() == [20, 40, 90, 200]
    assert boxes.classes == ["Wave"]
    assert boxes.track_names.tolist() == ["0"] * 3
    assert read_ucf24_pickle(path, {5: "other"}).classes == ["other"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ef": 12}, "sf 6 and ef 12, but 3 boxes"),
        ({"sf": 9, "ef": 12}, "ef 12 of 10 frames"),
        ({"boxes": "x"}, r"pyannot\.pkl"),
    ],
)
def test_contradictions(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_ucf24_pickle(_write(tmp_path / "pyannot.pkl", **changes))


def test_tubes_that_are_used_again_and_again(tmp_path: Path) -> None:
    path = _write(tmp_path / "pyannot.pkl")
    data = pickle.loads(path.read_bytes())
    item = data["Wave/v"]
    item["annotations"] = item["annotations"] * 500  # one tube, 500 times
    path.write_bytes(pickle.dumps(data))
    with pytest.raises(ValueError, match="the tubes are larger than the file"):
        read_ucf24_pickle(path)
    item["annotations"] = [item["annotations"]] * 10**5
    path.write_bytes(pickle.dumps(data))
    with pytest.raises(ValueError, match="uses its parts again so often"):
        read_ucf24_pickle(path)
