from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from stal_plugin.video import VideoProbe, VideoReader, probe_video

MakeVideo = Callable[..., Path]


@pytest.mark.parametrize("name", ["v.mp4", "v.avi", "v.mkv"])
def test_facts(tmp_path: Path, make_video: MakeVideo, name: str) -> None:
    path = make_video(tmp_path / name, "mpeg4", (61, 47), 33)
    assert probe_video(path) == VideoProbe(33, 25.0, 61, 47)


def test_container_without_a_frame_count(tmp_path: Path, make_video: MakeVideo) -> None:
    flags = "frag_keyframe+empty_moov+default_base_moof"
    path = make_video(tmp_path / "v.mp4", count=40, movflags=flags)
    assert probe_video(path).num_frames == 40


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_rotation_is_applied_as_opencv_does(
    tmp_path: Path, make_video: MakeVideo, degrees: int
) -> None:
    path = make_video(tmp_path / "v.mp4", size=(96, 64), count=3, rotate=degrees)
    image = VideoReader(path).read([1])[0]
    probe = probe_video(path)
    assert image.shape[:2] == (probe.height, probe.width)
    capture = cv2.VideoCapture(str(path))
    capture.read()
    shown = capture.read()[1][..., ::-1]
    assert image.shape == shown.shape
    assert abs(image.astype(int) - shown).mean() < 2


def test_faults(tmp_path: Path, make_video: MakeVideo) -> None:
    path = make_video(tmp_path / "v.mp4", count=30)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"only \d+ frames of the 30"):
        probe_video(path)
    with pytest.raises(FileNotFoundError, match=r"none\.mp4 is missing"):
        probe_video(tmp_path / "none.mp4")
    path = make_video(tmp_path / "w.mp4", count=3, rotate=30)
    with pytest.raises(ValueError, match="rotated by"):
        probe_video(path)


@pytest.mark.data
def test_real_clips(shared_data: Path) -> None:
    folder = shared_data / "ucf24_mini" / "videos"
    probe = probe_video(folder / "v_Fencing_g01_c06.mp4")
    assert probe == VideoProbe(174, 25.0, 340, 256)
    # This header says 25 frames per second, its time stamps say 29.97.
    assert probe_video(folder / "v_Biking_g01_c01.mp4").fps == 30000 / 1001
