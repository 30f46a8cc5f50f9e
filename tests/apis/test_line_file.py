import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.apis import JsonlFile, PredictionFile
from stal_plugin.apis.line_files import LineFile


def test_an_earlier_file_stays_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("mine")
    file = JsonlFile(path, complete_at_end=True)
    file.write({"n": 1})
    assert path.read_text() == "mine"
    file.close()
    file.close()
    assert file.complete
    assert path.read_text() == '{"n": 1}\n'
    other = JsonlFile(path, complete_at_end=True)
    other.write({"n": 2})
    other.discard()
    assert path.read_text() == '{"n": 1}\n'
    assert os.listdir(tmp_path) == ["x.jsonl"]


def test_a_torn_line_of_an_earlier_crash_is_cut(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"n": 1}\n{"n": 2')
    with caplog.at_level(logging.WARNING):
        file = JsonlFile(path, append=True)
    assert "its last line was torn, 7 bytes were cut off" in caplog.text
    file.write({"n": 3})
    file.close()
    lines = path.read_text().splitlines()
    assert [json.loads(line)["n"] for line in lines] == [1, 3]


def test_a_csv_is_continued_with_one_header(
    tmp_path: Path, make_result: Callable
) -> None:
    path = tmp_path / "p.csv"
    for frame in (1, 2):
        file = PredictionFile(path, "v", append=True)
        file.write(make_result(frame, boxes=[(8, 6, 40, 30)], labels=[1]))
        file.close()
    lines = path.read_text().splitlines()
    assert [line.split(",")[1] for line in lines] == ["frame", "1", "2"]
    path.write_text("something else\n")
    with pytest.raises(ValueError, match=r"p\.csv has other columns than video_id"):
        PredictionFile(path, "v", append=True)
    assert path.read_text() == "something else\n"


class _Full:
    """A file on a disk with room for some more bytes."""

    def __init__(self, file: object, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: memoryview) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        count = self.file.write(data[: self.room])
        self.room -= count
        return count

    def __getattr__(self, name: str) -> object:
        return getattr(self.file, name)


@pytest.mark.parametrize("at_end", [True, False])
def test_a_line_is_whole_or_absent(tmp_path: Path, at_end: bool) -> None:
    path = tmp_path / "x.txt"
    file = LineFile(path, complete_at_end=at_end)
    file.write_text("one\n")
    file._file = _Full(file._file, 2)
    with pytest.raises(OSError, match=r"No space left on device.*x\.txt") as caught:
        file.write_text("two\n")
    assert caught.value.filename == str(path)
    file.close()
    assert not file.complete
    assert [p.read_text() for p in tmp_path.iterdir()] == ["one\n"]
    assert path.exists() != at_end


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        LineFile(tmp_path / "x")
    assert caught.value.filename == str(tmp_path / "x")


def test_a_device_is_written_as_it_is() -> None:
    file = LineFile(os.devnull, complete_at_end=True)
    file.write_text("one\n")
    file.close()
    assert Path(os.devnull).is_char_device()
