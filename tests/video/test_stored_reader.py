import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.video import open_reader, stored_reader, write_video
from stal_plugin.video.frame_store import FrameStore
from stal_plugin.video.stored_reader import StoredReader, video_stamp


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    rng = np.random.default_rng(0)
    frames = (rng.integers(0, 256, (24, 32, 3), np.uint8) for _ in range(150))
    write_video(path, frames, 25)
    return path


@pytest.fixture
def reader(tmp_path) -> StoredReader:
    return StoredReader(FrameStore(tmp_path / "store", 1 << 20))


def never(path: str) -> None:
    raise AssertionError(f"{path} was opened")


def same(found: list, expected: list) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_pixels_are_those_of_the_decoder(clip, reader):
    numbers = [149, 63, 64, 64, 0, 130]
    expected = open_reader(clip).read(numbers)
    first = reader.read(str(clip), numbers, open_reader)
    again = reader.read(str(clip), numbers, never)
    later = StoredReader(reader.store).read(str(clip), numbers, never)
    for found in (first, again, later):
        assert same(found.images, expected)
        assert found.images[2] is found.images[3]
        assert found.original_shape == (24, 32)
    # whole stretches were kept: 0 to 63, 64 to 127, 128 to 149
    assert same(
        reader.read(str(clip), [1, 100, 148], never).images,
        open_reader(clip).read([1, 100, 148]),
    )
    assert len(list(reader.store.folder.glob("*.frames"))) == 3


def test_folders_of_images(tmp_path, reader):
    for t in range(5):
        cv2.imwrite(str(tmp_path / f"{t:03}.png"), np.full((4, 6, 3), t, np.uint8))
    folder = tmp_path / "images"
    folder.mkdir()
    for path in tmp_path.glob("*.png"):
        path.rename(folder / path.name)
    for opener in (open_reader, never):
        images = reader.read(str(folder), [4, 2], opener).images
        assert [image[0, 0, 0] for image in images] == [4, 2]
    cv2.imwrite(str(folder / "002.png"), np.full((4, 6, 3), 99, np.uint8))
    os.utime(folder / "002.png", (1, 1))
    changed = StoredReader(reader.store).read(str(folder), [2], open_reader)
    assert changed.images[0][0, 0, 0] == 99


def test_a_changed_video_is_decoded_anew(tmp_path, reader):
    path = tmp_path / "a.mp4"
    stamps = set()
    for value in (50, 200):
        frames = (np.full((24, 32, 3), value, np.uint8) for _ in range(4))
        write_video(path, frames, 25)
        os.utime(path, (10**9, 10**9))
        stamps.add(video_stamp(path))
        fresh = StoredReader(reader.store)
        image = fresh.read(str(path), [3], open_reader).images[0]
        assert abs(int(image[0, 0, 0]) - value) < 4
    assert len(stamps) == 2  # though size and time may be the same
    os.utime(path, (10**9, 10**9 + 1))
    assert video_stamp(path) not in stamps
    assert video_stamp(path, 16) != video_stamp(path)


def test_shrunk_frames(clip, tmp_path):
    small = StoredReader(FrameStore(tmp_path, 1 << 20), side=12)
    expected = [
        cv2.resize(image, (16, 12), interpolation=cv2.INTER_AREA)
        for image in open_reader(clip).read([7, 70])
    ]
    for opener in (open_reader, never):
        found = small.read(str(clip), [7, 70], opener)
        assert same(found.images, expected)
        assert found.original_shape == (24, 32)
    small.store.is_full = True
    assert small.read(str(clip), [140], open_reader).images[0].shape == (12, 16, 3)
    large = StoredReader(FrameStore(tmp_path, 1 << 20), side=24)
    assert large.read(str(clip), [7], open_reader).images[0].shape == (24, 32, 3)


def counted() -> tuple[list[int], Callable]:
    """Return an opener of readers that note how many frames they decode."""
    decoded: list[int] = []

    def opener(path: str):
        made = open_reader(path)
        read = made.read
        made.read = lambda numbers: decoded.extend(numbers) or read(numbers)
        return made

    return decoded, opener


def test_a_full_store_decodes_only_what_is_asked_for(clip, tmp_path):
    small = StoredReader(FrameStore(tmp_path, 64 * 24 * 32 * 3 + 100))
    small.read(str(clip), [0], open_reader)
    small.read(str(clip), [64], open_reader)  # no room: found out once
    decoded, opener = counted()
    small.read(str(clip), [70, 80, 3], opener)
    assert decoded == [70, 80]


def test_large_frames_are_not_stored(clip, reader, monkeypatch):
    monkeypatch.setattr(stored_reader, "LARGEST_FRAME", 24 * 32 * 3 - 1)
    decoded, opener = counted()
    found = reader.read(str(clip), [5, 9], opener)
    assert same(found.images, open_reader(clip).read([5, 9]))
    reader.read(str(clip), [99], opener)
    assert decoded == [0, 5, 9, 99]
    assert not reader.store.folder.exists()


def test_damage_is_reported_where_it_is_and_not_before(tmp_path, reader):
    for t in range(9):
        cv2.imwrite(str(tmp_path / f"{t}.png"), np.full((4, 6, 3), t, np.uint8))
    (tmp_path / "6.png").write_bytes(b"no image")
    assert reader.read(str(tmp_path), [5], open_reader).images[0][0, 0, 0] == 5
    with pytest.raises(ValueError, match=r"6.png is damaged"):
        reader.read(str(tmp_path), [6], open_reader)


def test_frames_that_differ_in_size_are_read_as_they_are(tmp_path, reader):
    for t in range(3):
        cv2.imwrite(str(tmp_path / f"{t}.png"), np.zeros((4, 6 + t, 3), np.uint8))
    images = reader.read(str(tmp_path), [0, 2], open_reader).images
    assert [image.shape for image in images] == [(4, 6, 3), (4, 8, 3)]


@pytest.mark.parametrize("numbers", [[-1], [150], [149, 150], [3, 400]])
def test_numbers_out_of_range(clip, reader, numbers):
    reader.read(str(clip), [149], open_reader)
    with pytest.raises(ValueError, match=r"is not in 0\.\.149"):
        reader.read(str(clip), numbers, open_reader)


def test_a_missing_video(reader, tmp_path):
    with pytest.raises(FileNotFoundError, match="is missing"):
        reader.read(str(tmp_path / "absent.mp4"), [0], open_reader)


def _write_for_ever(path: str, folder: str) -> None:
    while True:
        for file in Path(folder).glob("*.frames"):
            file.unlink()
        StoredReader(FrameStore(folder, 1 << 20)).read(path, [0, 64, 128], open_reader)


def test_killed_writers_leave_nothing_wrong(clip, tmp_path):
    expected = open_reader(clip).read(range(0, 150, 7))
    context = multiprocessing.get_context("fork")
    for pause in (0.05, 0.11):
        writers = [
            context.Process(target=_write_for_ever, args=(str(clip), str(tmp_path)))
            for _ in range(2)
        ]
        for writer in writers:
            writer.start()
        time.sleep(pause)
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
            writer.join()
        reader = StoredReader(FrameStore(tmp_path, 1 << 20))
        found = reader.read(str(clip), range(0, 150, 7), open_reader)
        assert same(found.images, expected)
