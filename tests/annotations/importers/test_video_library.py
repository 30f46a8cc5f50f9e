from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import Annotation, write_annotation
from stal_plugin.annotations.importers.video_library import (
    VideoLibrary,
    video_id,
    without_suffix,
)
from stal_plugin.annotations.outdated import is_outdated


@pytest.fixture
def folder(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    make_video(tmp_path / "in/a/x.mp4", count=5)
    make_video(tmp_path / "in/b/x.mp4", count=6)
    make_video(tmp_path / "in/b/y.avi", codec="mpeg4", count=7)
    (tmp_path / "in/frames").mkdir()
    for number in (1, 2):
        image = np.zeros((20, 30, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"in/frames/{number:05d}.jpg"), image)
    (tmp_path / "in/.hidden").mkdir()
    (tmp_path / "in/.hidden/z.mp4").write_text("no video")
    return tmp_path / "in"


def test_find(folder: Path, tmp_path: Path) -> None:
    library = VideoLibrary(folder, tmp_path / "out")
    assert len(library.files) == 4
    for name in ("y", "y.avi", "b/y", "b/y.avi", "/mnt/data/y.mp4", "C:\\data\\y.avi"):
        assert library.find(name) == folder / "b/y.avi"
    assert library.find("a/x") == folder / "a/x.mp4"
    assert library.find("frames") == folder / "frames"
    with pytest.raises(ValueError, match=r"'x' may be any of .*a/x\.mp4.*b/x\.mp4"):
        library.find("x")
    with pytest.raises(FileNotFoundError, match=r"no video 'q' in .* there are 4"):
        library.find("q")


def test_get_measures_once(folder: Path, tmp_path: Path) -> None:
    calls: list[int] = []
    library = VideoLibrary(folder, tmp_path / "out", fps=10, advance=calls.append)
    path, probe = library.get("y")
    assert path == folder / "b/y.avi"
    assert (probe.num_frames, probe.width, probe.height) == (7, 96, 64)
    library.get("y")
    assert library.get("frames")[1].fps == 10
    assert calls == [1, 1]


def test_copies(folder: Path, tmp_path: Path) -> None:
    library = VideoLibrary(folder, tmp_path / "out", how="link")
    path, _ = library.get("a/x.mp4")
    assert path == tmp_path / "out/videos/a/x.mp4"
    assert path.is_symlink()


@pytest.mark.parametrize("how", ["copy", "link"])
def test_an_annotation_of_other_videos_goes_out_of_use(
    folder: Path, tmp_path: Path, annotation: Annotation, how: str
) -> None:
    out = tmp_path / "out"
    write_annotation(annotation, out / "annotations.csv")
    VideoLibrary(folder / "a", out, how=how).get("x")
    VideoLibrary(folder / "a", out, how=how).get("x")  # as it is there
    assert not is_outdated(out / "annotations.csv")
    VideoLibrary(folder / "b", out, how=how).get("x")
    assert is_outdated(out / "annotations.csv")


def test_all_missing_videos_and_one_file_twice(folder: Path, tmp_path: Path) -> None:
    library = VideoLibrary(folder, tmp_path / "out")
    with pytest.raises(FileNotFoundError, match=r"no video 'q'(.|\n)* 1 more"):
        library.get_all(["q", "y", "r"])
    with pytest.raises(ValueError, match=r"'y' and 'b/y\.avi' .* are one file"):
        library.get_all(["y", "b/y.avi"])
    assert list(library.get_all(["y", "a/x"])) == ["y", "a/x"]


def test_one_file_and_no_video(folder: Path, tmp_path: Path) -> None:
    library = VideoLibrary(folder / "b/y.avi", tmp_path / "out")
    assert library.find("") == library.find("y") == folder / "b/y.avi"
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="has no video"):
        VideoLibrary(tmp_path / "empty", tmp_path / "out")


def test_names() -> None:
    assert without_suffix("a.b/c.MP4") == "a.b/c"
    assert without_suffix("a/c.v1") == "a/c.v1"
    assert video_id("/mnt/../a/b.mp4") == "mnt/a/b"
    assert video_id("C:\\films\\b.avi") == "films/b"


def test_names_with_colons_and_every_suffix(tmp_path: Path) -> None:
    (tmp_path / "cam").mkdir()
    name = "2024-11-05T12:30:00"
    for file in (f"cam/{name}.mp4", "cam/a.mts", "cam/._a.mts", "cam/b.WMV"):
        (tmp_path / file).write_text("")
    library = VideoLibrary(tmp_path, tmp_path / "out")
    assert [file.name for file in library.files] == [f"{name}.mp4", "a.mts", "b.WMV"]
    assert library.find(name).name == f"{name}.mp4"
    assert library.find("C:\\videos\\a").name == "a.mts"
    assert video_id(f"cam/{name}.mp4") == f"cam/{name}"
    assert video_id("C:\\videos\\a.mts") == "videos/a"
    assert library.absent(["a", "q", "b.WMV"]) == ["q"]


def test_a_file_of_another_name(tmp_path: Path) -> None:
    (tmp_path / "clip.odd").write_text("")
    library = VideoLibrary(tmp_path / "clip.odd", tmp_path / "out")
    assert library.find("clip").name == "clip.odd"
    with pytest.raises(FileNotFoundError, match=r"clip\.odd is not the video 'other'"):
        library.find("other")
