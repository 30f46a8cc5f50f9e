from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.video import FrameFolderReader, VideoReader, open_reader, read_frames


def test_file_folder_or_neither(
    tmp_path: Path, make_video: Callable[..., Path]
) -> None:
    path = make_video(tmp_path / "v.mp4", count=4)
    reader = open_reader(path)
    assert isinstance(reader, VideoReader)
    assert reader.num_frames == 4
    assert isinstance(open_reader(tmp_path), FrameFolderReader)
    with pytest.raises(FileNotFoundError, match=r"none\.mp4 is missing"):
        open_reader(tmp_path / "none.mp4")


def test_chosen_frames_are_read_one_at_a_time(
    tmp_path: Path, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_video(tmp_path / "v.mp4", count=4)
    closed = []
    monkeypatch.setattr(VideoReader, "close", lambda self: closed.append(self))
    images = read_frames(path, [0, 2])
    first, second = open_reader(path).read([0, 2])
    np.testing.assert_array_equal(next(images), first)
    assert not closed
    np.testing.assert_array_equal(next(images), second)
    assert list(images) == []
    assert len(closed) == 1
    with pytest.raises(FileNotFoundError, match=r"none\.mp4 is missing"):
        next(read_frames(tmp_path / "none.mp4", [0]))
