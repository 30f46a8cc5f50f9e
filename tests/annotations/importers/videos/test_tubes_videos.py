from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations.importers.tubes_pickle import TubesPickle
from stal_plugin.annotations.importers.videos import bring_videos, find_videos
from stal_plugin.video import VideoProbe

RUN, FENCE = "run/v_run_g01_c02", "fence/v (1)"


@pytest.fixture
def folder(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    make_video(tmp_path / "raw" / "v_run_g01_c02.mp4", count=10)
    frames = tmp_path / "raw" / FENCE
    frames.mkdir(parents=True)
    for number in range(1, 8):
        cv2.imwrite(str(frames / f"{number:05}.png"), np.zeros((24, 32, 3), np.uint8))
    return tmp_path / "raw"


def test_find(tubes: TubesPickle, folder: Path) -> None:
    found = find_videos(tubes.tubes, folder)
    assert found == {RUN: folder / "v_run_g01_c02.mp4", FENCE: folder / FENCE}
    (folder / "v_run_g01_c02.mp4").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 2 videos .*v_run_g01_c02"):
        find_videos(tubes.tubes, folder)


@pytest.mark.parametrize("how", ["copy", "link"])
def test_bring(tubes: TubesPickle, folder: Path, tmp_path: Path, how: str) -> None:
    steps: list[int] = []
    videos = find_videos(tubes.tubes, folder)
    brought = bring_videos(videos, tmp_path / "out", how, 12.5, steps.append)
    path, probe = brought[RUN]
    assert path == tmp_path / "out" / f"{RUN}.mp4"
    assert path.is_symlink() == (how == "link")
    assert probe == VideoProbe(10, 25.0, 96, 64)
    path, probe = brought[FENCE]
    assert path == tmp_path / "out" / FENCE
    assert probe == VideoProbe(7, 12.5, 32, 24)
    assert steps == [1, 1]


def test_in_place(tubes: TubesPickle, folder: Path, tmp_path: Path) -> None:
    videos = find_videos(tubes.tubes, folder)
    brought = bring_videos(videos, tmp_path / "out", "in-place", 12.5)
    assert {video: path for video, (path, _) in brought.items()} == videos
    assert brought[FENCE][1] == VideoProbe(7, 12.5, 32, 24)
    assert not (tmp_path / "out").exists()
