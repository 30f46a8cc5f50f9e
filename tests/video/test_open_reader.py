from collections.abc import Callable
from pathlib import Path

import pytest

from stal_plugin.video import FrameFolderReader, VideoReader, open_reader


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
