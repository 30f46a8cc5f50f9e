from pathlib import Path

import pytest

from stal_plugin.annotations.importers.yowo_folder import (
    frame_of_name,
    read_yowo_folder,
)


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Biking_v_Biking_g01_c02_00009", ("Biking_v_Biking_g01_c02", 9)),
        ("Biking/v_Biking_g01_c02/00009", ("Biking_v_Biking_g01_c02", 9)),
        ("a/b_00012", ("a_b", 12)),
        ("00012", None),
        ("a/notes", None),
    ],
)
def test_names(name: str, place: tuple | None) -> None:
    assert frame_of_name(name) == place


def test_detections(tmp_path: Path) -> None:
    files = {
        "a_b_00002.txt": "3 0.25 10 20 30 40\n1 0.5 0 0 5 5\n",
        "a_b_00001.txt": "",
    }
    table = read_yowo_folder(_write(tmp_path, files), predictions=True)
    assert table.rows.video_ids.tolist() == ["a_b"] * 2
    assert table.rows.frames.tolist() == [2, 2]
    assert table.rows.labels.tolist() == [2, 0]
    assert table.rows.scores.tolist() == [0.25, 0.5]
    assert table.rows.boxes[0].tolist() == [10, 20, 30, 40]
    assert table.listed_frames.tolist() == [1, 2]
    assert table.in_pixels


def test_truth_in_folders(tmp_path: Path) -> None:
    files = {"a/b/00002.txt": "3 10 20 30 40\n\n", "a/b/00001.txt": "2 1 2 3 4"}
    table = read_yowo_folder(_write(tmp_path, files), predictions=False)
    assert table.rows.frames.tolist() == [1, 2]
    assert table.rows.video_ids.tolist() == ["a_b"] * 2
    assert table.rows.scores.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("1 0 0 5 5", r"line 2 of a_1.txt: 5 columns instead of 6: '1,0,0,5,5'"),
        ("run 0.5 0 0 5 5", "line 2 of a_1.txt: class 'run' is not an integer"),
        ("0 0.5 0 0 5 5", "line 2 of a_1.txt: class 0 is below 1"),
        ("1 0.5 9 0 5 5", r"line 2 of a_1.txt: box .* is not x1 <= x2"),
        ("1 inf 0 0 5 5", "line 2 of a_1.txt: score inf is not finite"),
    ],
)
def test_faults(line: str, text: str, tmp_path: Path) -> None:
    folder = _write(tmp_path, {"a_1.txt": f"1 0.5 0 0 5 5\n{line}"})
    with pytest.raises(ValueError, match=text):
        read_yowo_folder(folder, predictions=True)


def test_names_that_say_no_frame(tmp_path: Path) -> None:
    folder = _write(tmp_path, {"a_1.txt": "", "readme.txt": ""})
    with pytest.raises(ValueError, match=r"readme\.txt names no frame"):
        read_yowo_folder(folder, predictions=True)


def test_no_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"with \.txt files"):
        read_yowo_folder(tmp_path, predictions=True)
