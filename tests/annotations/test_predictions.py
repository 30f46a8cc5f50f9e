from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.predictions import (
    read_predictions,
    write_predictions,
)
from stal_plugin.structures.box_table import BoxTable

HEADER = "video_id,frame,x1,y1,x2,y2,action_id,score,objectness\n"
ROW = "v,1,0.1,0.2,0.3,0.4,1,0.5,0.6\n"


def _predictions(size: int = 4) -> BoxTable:
    rng = np.random.default_rng(0)
    corner = rng.uniform(-0.1, 0.5, (size, 2))
    names = ['catch/a,"b"', "v!@()&", "plain name", "plain name"]
    return BoxTable(
        frames=np.arange(1, size + 1),
        boxes=np.concatenate([corner, corner + rng.uniform(0, 1, (size, 2))], 1),
        labels=np.arange(1, size + 1) - 1,
        video_ids=np.array(names[:size], dtype=object),
        scores=rng.random(size).astype(np.float32),
        objectness=rng.random(size).astype(np.float32),
    )


@pytest.mark.parametrize("size", [0, 4])
def test_round_trip(tmp_path: Path, size: int) -> None:
    path = tmp_path / "new" / "p.csv"
    written = _predictions(size)
    write_predictions(path, written)
    read = read_predictions(path)
    assert read.video_ids.tolist() == written.video_ids.tolist()
    np.testing.assert_array_equal(read.frames, written.frames)
    np.testing.assert_array_equal(read.labels, written.labels)
    np.testing.assert_allclose(read.boxes, written.boxes, atol=5e-9)
    # single precision comes back exactly, so that no ties arise
    np.testing.assert_array_equal(np.float32(read.scores), written.scores)
    np.testing.assert_array_equal(np.float32(read.objectness), written.objectness)
    assert [p.name for p in path.parent.iterdir()] == ["p.csv"]


def test_header_is_written_and_optional(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    write_predictions(path, _predictions(1))
    assert path.read_text().startswith(HEADER)
    path.write_text(ROW + "\n" + ROW)
    assert read_predictions(path).boxes.tolist() == [[0.1, 0.2, 0.3, 0.4]] * 2


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("v,1,0.1,0.2,0.3,0.4,1,0.5\n", r"line 3: 8 columns instead of 9"),
        (ROW.replace(",1,0.1", ",1.5,0.1"), r"line 3: frame '1.5' is not an integer"),
        (ROW.replace("0.2", "x"), r"line 3: y1 'x' is not a number"),
        (ROW.replace("0.5", "nan"), r"line 3: score nan is not finite"),
        (ROW.replace("0.6", "inf"), r"line 3: objectness inf"),
        (ROW.replace(",1,0.1", ",0,0.1"), r"line 3: frame 0 is below 1"),
        (ROW.replace(",1,0.5", ",0,0.5"), r"line 3: action_id 0 is below 1"),
        (ROW.replace("0.3", "0.05"), r"line 3: box .* is not x1 <= x2"),
        (ROW.replace("0.3", "130"), r"line 3: box .* looks like pixels"),
        (ROW.replace(",1,0.1", f",{10**20},0.1"), r"line 3: frame '10+' is not an int"),
    ],
)
def test_faults_name_file_line_and_value(
    tmp_path: Path, row: str, message: str
) -> None:
    path = tmp_path / "p.csv"
    path.write_text(HEADER + ROW + row)
    with pytest.raises(ValueError, match=message) as caught:
        read_predictions(path)
    assert str(path) in str(caught.value)


def test_nothing_is_written_if_a_row_is_bad(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("old")
    bad = _predictions()
    bad.scores[2] = np.nan
    with pytest.raises(ValueError, match="row 2: score nan"):
        write_predictions(path, bad)
    assert path.read_text() == "old"


def test_missing_file_tells_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tools/test.py CONFIG CHECKPOINT"):
        read_predictions(tmp_path / "p.csv")
