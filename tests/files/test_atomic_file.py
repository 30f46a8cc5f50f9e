import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stal_plugin.files import atomic_file as module
from stal_plugin.files.atomic_file import atomic_file, atomic_pair, finish_pair

ROOT = Path(__file__).parents[2]


def test_the_file_appears_at_the_end(tmp_path):
    path = tmp_path / "new/a.csv"
    with atomic_file(path) as part:
        part.write_text("1")
        assert not path.exists()
    assert path.read_text() == "1"
    assert os.listdir(path.parent) == ["a.csv"]


def test_an_error_leaves_the_earlier_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def write():
        with atomic_file(path) as part:
            part.write_text("ne")
            raise ValueError("the rest is missing")

    with pytest.raises(ValueError, match="the rest is missing"):
        write()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_full_disk_is_one_error_that_names_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with (
        pytest.raises(OSError, match=r"No space left.*nothing was wr") as caught,
        atomic_file(path) as part,
    ):
        part.write_text("new")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_read_only_disk_names_the_file_itself(tmp_path, monkeypatch):
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with (
        pytest.raises(OSError, match="nothing was written") as caught,
        atomic_file(tmp_path / "a.csv") as part,
    ):
        part.write_text("new")
    assert caught.value.filename == str(tmp_path / "a.csv")


def test_a_folder_in_the_way(tmp_path):
    with (
        pytest.raises(IsADirectoryError, match=str(tmp_path)),
        atomic_file(tmp_path) as part,
    ):
        part.write_text("new")


def test_a_link_stays_and_its_file_is_replaced(tmp_path):
    (tmp_path / "big").mkdir()
    path = tmp_path / "a.csv"
    path.symlink_to(tmp_path / "big/a.csv")
    with atomic_file(path) as part:
        part.write_text("new")
    assert path.is_symlink()
    assert (tmp_path / "big/a.csv").read_text() == "new"
    assert os.listdir(tmp_path / "big") == ["a.csv"]


def test_a_device_is_not_replaced():
    with atomic_file(os.devnull) as part:
        part.write_text("new")
    assert Path(os.devnull).is_char_device()


def test_killed_before_the_end(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from stal_plugin.files import atomic_file as m\n"
        "m.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "with m.atomic_file(sys.argv[1]) as part:\n"
        "    part.write_text('new')\n"
    )
    path = tmp_path / "a.csv"
    path.write_text("old")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script, str(path)], env=env)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def write_pair(folder: Path, text: str) -> None:
    with atomic_pair(folder / "a.csv", folder / "a.json") as parts:
        for part in parts:
            part.write_text(text)


def read_pair(folder: Path) -> list[str]:
    finish_pair(folder / "a.csv", folder / "a.json")
    return [(folder / name).read_text() for name in ("a.csv", "a.json")]


@pytest.mark.parametrize("renames", range(4))
def test_a_pair_is_of_one_writer_wherever_it_is_killed(tmp_path, monkeypatch, renames):
    write_pair(tmp_path, "old")
    replace, count = Path.replace, 0

    class KilledError(BaseException):
        pass

    def replace_or_die(self, target):
        nonlocal count
        if count == renames:
            raise KilledError
        count += 1
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # as after kill -9
    if renames < 3:
        with pytest.raises(KilledError):
            write_pair(tmp_path, "new")
    else:
        write_pair(tmp_path, "new")
    monkeypatch.undo()
    assert read_pair(tmp_path) == 2 * ["old" if renames == 0 else "new"]
    write_pair(tmp_path, "newer")
    assert read_pair(tmp_path) == ["newer", "newer"]
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.json"]


def test_a_pair_that_fails_stays_as_it_was(tmp_path):
    write_pair(tmp_path, "old")

    def write():
        with atomic_pair(tmp_path / "a.csv", tmp_path / "a.json") as (csv_part, _):
            csv_part.write_text("new")
            raise ValueError("the rest is missing")

    with pytest.raises(ValueError, match="the rest is missing"):
        write()
    assert read_pair(tmp_path) == ["old", "old"]
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.json"]


def test_a_reader_may_be_the_faster_one(tmp_path, monkeypatch):
    """It finishes the pair while its writer is about to."""
    first, second = tmp_path / "a.csv", tmp_path / "a.json"
    finish = module.finish_pair

    def both_finish(*paths):
        finish(*paths)  # the reader
        finish(*paths)

    monkeypatch.setattr(module, "finish_pair", both_finish)
    with module.atomic_pair(first, second) as parts:
        for part in parts:
            part.write_text("new")
    assert (first.read_text(), second.read_text()) == ("new", "new")
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "a.json"]


def test_a_pair_that_cannot_be_finished_now_is_finished_later(tmp_path, monkeypatch):
    first, second = tmp_path / "a.csv", tmp_path / "a.json"
    for path in (first, second):
        path.write_text("old")
    replace = Path.replace

    def refuse(self, target):
        if Path(target) == first:
            raise PermissionError(errno.EROFS, "read-only")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    writing = module.atomic_pair(first, second)
    parts = writing.__enter__()
    for part in parts:
        part.write_text("new")
    with pytest.raises(PermissionError):
        writing.__exit__(None, None, None)
    assert (first.read_text(), second.read_text()) == ("old", "old")
    monkeypatch.undo()
    module.finish_pair(first, second)
    assert (first.read_text(), second.read_text()) == ("new", "new")
