import os
from pathlib import Path

import pytest

from stal_plugin.files.output_files import (
    check_outputs,
    check_own_outputs,
    is_device,
    same_file,
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "mine.mp4"
    path.write_bytes(b"footage")
    return path


@pytest.fixture
def spellings(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> list:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "soft.mp4").symlink_to(source)
    os.link(source, tmp_path / "hard.mp4")
    (tmp_path / "way").symlink_to(tmp_path, target_is_directory=True)
    return ["mine.mp4", "./deep/../mine.mp4", "soft.mp4", "hard.mp4", "way/mine.mp4"]


def test_an_input_is_never_an_output(source: Path, spellings: list) -> None:
    for name in spellings:
        with pytest.raises(ValueError, match="which this command reads: choose"):
            check_outputs([None, name], ["x.pth", str(source)], overwrite=True)


def test_an_input_that_is_named_like_an_unfinished_output(tmp_path: Path) -> None:
    part = tmp_path / "o.mp4.part"
    part.write_bytes(b"footage")
    with pytest.raises(ValueError, match=r"o\.mp4 would replace .*o\.mp4\.part, which"):
        check_outputs([tmp_path / "o.mp4"], [part])


def test_what_is_there_stays_unless_told_otherwise(source: Path) -> None:
    with pytest.raises(ValueError, match=r"mine\.mp4 is there already: .*--overwrite"):
        check_outputs([source])
    check_outputs([source], overwrite=True)
    check_outputs([source.with_name("new.mp4")], [source, "rtsp://cam/1", None])
    assert source.read_bytes() == b"footage"


def test_two_outputs_and_folders(tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(ValueError, match="named for two outputs"):
        check_outputs([tmp_path / "o.csv", tmp_path / "way/o.csv"])
    with pytest.raises(ValueError, match="is a folder: name a file in it"):
        check_outputs([tmp_path], overwrite=True)


def test_devices_may_be_written(tmp_path: Path, source: Path) -> None:
    check_outputs([os.devnull])
    assert is_device(Path(os.devnull))
    assert not is_device(source)
    assert not is_device(tmp_path / "new")
    assert not same_file(source, Path(os.devnull))


def test_a_run_may_replace_what_lies_in_its_own_folder(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    for folder in (own, other):
        folder.mkdir()
        (folder / "p.csv").write_text("1")
    check_own_outputs([own / "p.csv", None], [], [own])
    with pytest.raises(ValueError, match=r"other/p\.csv is there already"):
        check_own_outputs([other / "p.csv"], [], [own])
    check_own_outputs([other / "p.csv"], [], [own], overwrite=True)
    with pytest.raises(ValueError, match="which this command reads"):
        check_own_outputs([own / "p.csv"], [own / "p.csv"], [own], overwrite=True)
