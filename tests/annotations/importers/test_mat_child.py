import io
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations.importers import mat_child


def _answer(path: Path, kind: str, name: str) -> tuple[dict, bytes]:
    output = io.BytesIO()
    request = {"kind": kind, "path": str(path), "name": name, "seconds": 10**6}
    mat_child.answer(request, output)
    header, _, content = output.getvalue().partition(b"\n")
    return json.loads(header), content


def test_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"x": np.eye(3), "t": "text"})
    header, content = _answer(path, "array", "x")
    assert header == {"arrays": {"array": ["<f8", [3, 3]]}}
    assert np.frombuffer(content).tolist() == np.eye(3).ravel().tolist()
    assert _answer(path, "array", "y") == ({"error": mat_child.NO_ARRAY}, b"")
    assert _answer(path, "array", "t")[0] == {"error": mat_child.NO_NUMBERS}
    assert _answer(path, "tubes", "x")[0] == {"error": mat_child.NO_ARRAY}
    path.write_bytes(b"MATLAB")
    assert mat_child.NO_MAT in _answer(path, "array", "x")[0]["error"]


@pytest.mark.parametrize("first", [1e300, np.nan, [1, 2], "a"])
def test_tubes_that_are_none(tmp_path: Path, first: object) -> None:
    tube = {"sf": first, "class": 1, "boxes": np.zeros((1, 4))}
    good = {**tube, "sf": 3}
    path = tmp_path / "a.mat"
    kind = np.dtype([(name, object) for name in tube])
    rows = np.array([[tuple(tube.values()), tuple(good.values())]], kind)
    annot = np.zeros((1, 1), [("name", object), ("tubes", object)])
    annot[0, 0] = ("a/b", rows)
    savemat(path, {"annot": annot})
    arrays = mat_child.read_tubes(str(path), "annot")
    assert arrays["videos"].tolist() == ["a/b"]
    assert arrays["is_tube"].tolist() == [0, 1]
    assert arrays["first"].tolist() == [0, 3]
    assert arrays["count"].tolist() == [0, 1]
