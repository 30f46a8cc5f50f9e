import os
import pickle
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from stal_plugin.video import frame_store
from stal_plugin.video.frame_store import FrameStore, StoredFrames

BYTES = 4 * 6 * 8 * 3  # pixels of a stretch
SIZE = BYTES + frame_store._HEADER.size


def stretch(value: int = 0, count: int = 4) -> StoredFrames:
    images = [np.full((6, 8, 3), value + t, np.uint8) for t in range(count)]
    return StoredFrames(images, (60, 80))


def store(folder: Path, stretches: int = 3, later: float = 0) -> FrameStore:
    """Make a store that has room for so many stretches and begins later."""
    made = FrameStore(folder, stretches * SIZE)
    made._begin += later
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.frames"))


def test_frames_come_back_in_any_order(tmp_path):
    one, other = store(tmp_path / "new"), store(tmp_path / "new")
    assert one.read("a-0", [0]) is None
    assert one.write("a-0", stretch(10))
    for reader in (one, other, pickle.loads(pickle.dumps(one))):
        found = reader.read("a-0", [2, 0, 2])
        assert [image[3, 3, 1] for image in found.images] == [12, 10, 12]
        assert found.images[0].shape == (6, 8, 3)
        assert found.original_shape == (60, 80)
        assert not found.images[0].flags.writeable
        assert reader.read("a-0", [4]) is None
        assert reader.read("a-0", [-1]) is None


@pytest.mark.parametrize(
    "fault", ["cut", "longer", "header", "pixel", "magic", "empty"]
)
def test_a_bad_file_counts_as_absent_and_is_replaced(tmp_path, fault):
    assert store(tmp_path).write("a-0", stretch())
    path = tmp_path / "a-0.frames"
    data = bytearray(path.read_bytes())
    if fault in ("pixel", "magic"):
        data[-1 if fault == "pixel" else 0] ^= 1
    ends = {"cut": -1, "header": 20, "empty": 0}
    path.unlink()
    path.write_bytes(data[: ends.get(fault, len(data))] + b"0" * (fault == "longer"))
    reader = store(tmp_path)
    assert reader.read("a-0", [0]) is None
    assert reader.write("a-0", stretch(7))
    assert reader.read("a-0", [1]).images[0][0, 0, 0] == 8
    assert names(tmp_path) == ["a-0"]


def test_what_a_killed_process_left_is_removed(tmp_path):
    one = store(tmp_path)
    one.write("a-0", stretch())
    (tmp_path / "a-1.frames.part").write_bytes(b"half")
    assert one.read("a-1", [0]) is None
    one.write("a-2", stretch())
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".lock") == [
        "a-0.frames",
        "a-2.frames",
    ]


def test_the_folder_does_not_outgrow_its_limit(tmp_path):
    one = store(tmp_path, 3)
    assert [one.write(f"a-{n}", stretch(n)) for n in range(5)] == [True] * 3 + [
        False
    ] * 2
    assert one.is_full
    assert names(tmp_path) == ["a-0", "a-1", "a-2"]
    assert sum(p.stat().st_size for p in tmp_path.glob("*.frames")) <= one.max_bytes


def test_a_later_store_removes_what_was_not_used_since_the_oldest_first(tmp_path):
    one = store(tmp_path, 3)
    for age, name in ((5, "a-0"), (90, "a-1"), (50, "a-2")):
        one.write(name, stretch())
        then = one._begin - age
        os.utime(tmp_path / f"{name}.frames", (then, then))
    two = store(tmp_path, 3)
    assert two.read("a-2", [0]) is not None  # used: stays
    assert two.write("b-0", stretch())
    assert names(tmp_path) == ["a-0", "a-2", "b-0"]
    assert two.write("b-1", stretch())
    assert names(tmp_path) == ["a-2", "b-0", "b-1"]
    assert not two.write("b-2", stretch())
    assert names(tmp_path) == ["a-2", "b-0", "b-1"]


def test_nothing_is_removed_in_vain(tmp_path):
    one = store(tmp_path, 2)
    one.write("a-0", stretch())
    big = StoredFrames([np.zeros((60, 80, 3), np.uint8)] * 4, (60, 80))
    assert not store(tmp_path, 2, later=60).write("b-0", big)
    assert names(tmp_path) == ["a-0"]


def test_the_disk_is_not_filled_up(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    room = usage(frame_store._STAYS_FREE + SIZE)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: room)
    one = store(tmp_path)
    assert one.write("a-0", stretch())
    room = usage(frame_store._STAYS_FREE + SIZE - 1)
    assert not one.write("a-1", stretch())


def test_a_folder_that_cannot_be_written_is_logged_once(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    one = store(tmp_path / "file")
    assert not one.write("a-0", stretch())
    assert not one.write("a-1", stretch())
    assert one.read("a-0", [0]) is None
    assert len(caplog.records) == 1
    assert "decoded frames are not kept" in caplog.text


def test_another_writer_is_waited_for(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(frame_store, "_SECONDS", 0.05)
    with FileLock(tmp_path / ".lock"):
        assert not store(tmp_path).write("a-0", stretch())
    assert ".lock" in caplog.text
    assert store(tmp_path).write("a-0", stretch())


def test_few_files_stay_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(frame_store, "_MAPPED", 2)
    one = store(tmp_path, 9)
    for n in range(4):
        one.write(f"a-{n}", stretch(10 * n))
    kept = one.read("a-0", [1]).images[0]
    values = [one.read(f"a-{n}", [1]).images[0][0, 0, 0] for n in (0, 1, 2, 3, 0)]
    assert values == [1, 11, 21, 31, 1]
    assert list(one._maps) == ["a-3", "a-0"]
    assert (kept == 1).all()
