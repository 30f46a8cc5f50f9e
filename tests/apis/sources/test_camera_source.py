from collections import deque
from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from stal_plugin.apis.sources import CameraSource
from stal_plugin.video import VideoReader


def test_a_camera_that_is_pulled_out(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No camera is here: OpenCV reads a file in its place."""
    opened = []
    capture = cv2.VideoCapture
    monkeypatch.setattr(
        cv2, "VideoCapture", lambda d: opened.append(d) or capture(str(video))
    )
    source = CameraSource(3)
    assert (opened, source.live, source.fps) == ([3], True, 25.0)
    frames: list = []
    with pytest.raises(ValueError, match="camera 3 gives no more frames"):
        deque(map(frames.append, source), maxlen=0)
    assert [f.number for f in frames] == list(range(1, 13))
    first = VideoReader(video).read([0])[0].astype(int)
    assert abs(first - frames[0].image).mean() < 3  # RGB, not BGR
    assert frames[0].time == 0.0
    assert all(a.time <= b.time for a, b in pairwise(frames))


def test_close_ends_the_frames(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capture = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda _: capture(str(video)))
    source = CameraSource(0)
    frames = iter(source)
    next(frames)
    source.close()
    assert list(frames) == []


def test_no_camera() -> None:
    with pytest.raises(ValueError, match="camera 99 cannot be opened"):
        CameraSource(99)
