from pathlib import Path

import numpy as np
import pytest

from stal_plugin.apis.sources import FileSource, FolderSource, ImageSource, open_frames
from stal_plugin.apis.sources import open_frames as package_function
from stal_plugin.video import write_video


def test_files_and_folders(video: Path, tmp_path: Path) -> None:
    assert isinstance(open_frames(video), FileSource)
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "1.png").write_bytes(b"")
    folder = open_frames(str(tmp_path / "frames"), folder_fps=5)
    assert isinstance(folder, FolderSource)
    assert folder.fps == 5
    assert package_function is open_frames


@pytest.mark.parametrize("src", [98, "98", "/dev/video98"])
def test_cameras(src: int | str) -> None:
    with pytest.raises(ValueError, match=r"camera (/dev/video)?98 cannot be opened"):
        open_frames(src)


def test_a_file_whose_name_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path / "v.mp4", [np.zeros((16, 16, 3), np.uint8)] * 2, 25)
    (tmp_path / "v.mp4").rename(tmp_path / "0")
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_frames("0"), FileSource)


def test_nothing_there() -> None:
    with pytest.raises(FileNotFoundError, match=r"'no\.mp4' does not exist. Allowed"):
        open_frames("no.mp4")
    with pytest.raises(ValueError, match=r"http://127\.0\.0\.1:1/x cannot be opened"):
        open_frames("http://127.0.0.1:1/x")


def test_images_and_sources(video: Path) -> None:
    images = np.zeros((3, 16, 24, 3), np.uint8)
    source = open_frames(images, folder_fps=10)
    assert isinstance(source, ImageSource)
    assert (source.live, source.fps, source.num_frames) == (False, 10, 3)
    assert [f.time for f in source] == pytest.approx([0, 0.1, 0.2])
    stream = open_frames(image for image in images)
    assert stream.num_frames is None
    assert [f.number for f in stream] == [1, 2, 3]
    own = FileSource(video)
    assert open_frames(own) is own
    for wrong, text in (
        (images[..., 0], r"image 1 is uint8 of shape \(16, 24\), must be"),
        (images / 255, "image 1 is float64 of shape"),
    ):
        with pytest.raises(ValueError, match=text):
            list(open_frames(wrong))
    with pytest.raises(ValueError, match="a float is no source of frames"):
        open_frames(0.5)
