from pathlib import Path

import pytest

from stal_plugin.annotations.importers.ucf24 import read_ucf24_labels


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_names_come_from_the_folders(tmp_path: Path) -> None:
    _write(tmp_path, "Run/v_Run_g01_c01/00002.txt", "2 1 2 30.5 40\n2 5 6 7 8\n")
    _write(tmp_path, "Biking/v_Biking_g01_c01/00001.txt", "1 1 2 3 4\n")
    _write(tmp_path, "Biking/v_Biking_g01_c01/00003.txt", "")
    boxes = read_ucf24_labels(tmp_path)
    assert boxes.classes == ["Biking", "Run"]
    assert list(boxes.sizes) == ["Biking/v_Biking_g01_c01", "Run/v_Run_g01_c01"]
    assert boxes.rows.frames.tolist() == [1, 2, 2]
    assert boxes.actions.tolist() == ["Biking", "Run", "Run"]
    assert boxes.rows.boxes[1].tolist() == [1, 2, 30.5, 40]
    assert boxes.rows.origins[2] == "Run/v_Run_g01_c01/00002.txt, line 2"
    assert boxes.base == 1


def test_list_of_labels(tmp_path: Path) -> None:
    _write(tmp_path, "x/v/00001.txt", "2 1 2 3 4\n")
    assert read_ucf24_labels(tmp_path, {1: "a", 2: "b"}).actions.tolist() == ["b"]
    with pytest.raises(ValueError, match="class 2 is not in the list of labels"):
        read_ucf24_labels(tmp_path, {1: "a"})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("A/v/00001.txt", "1 2 3", "line 1: '1 2 3' is not 'class x1"),
        ("A/v/00001.txt", "\n1.5 2 3 4 5", "line 2: '1.5 2 3 4 5' is not"),
        ("A/v/00001.txt", "1 2 3 4 nan", "is not 'class"),
        ("B/v/00001.txt", "1 1 2 3 4", "class 1 is 'A' in other files"),
        ("A/v/first.txt", "", "the path names no video and frame"),
        ("00001.txt", "", "the path names no video and frame"),
    ],
)
def test_faults(tmp_path: Path, name: str, text: str, message: str) -> None:
    _write(tmp_path, "A/u/00001.txt", "1 1 2 3 4")
    _write(tmp_path, name, text)
    with pytest.raises(ValueError, match=message):
        read_ucf24_labels(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"):
        read_ucf24_labels(tmp_path)
