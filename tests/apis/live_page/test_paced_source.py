from pathlib import Path

import numpy as np
import pytest

from stal_plugin.apis.live_page.paced_source import PacedSource, open_live
from stal_plugin.apis.sources import CameraSource, Frame, StreamSource


class Clock:
    """Time passes only while somebody waits, and while a frame is read."""

    now = 50.0
    stopped = False

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.stopped

    def set(self) -> None:
        self.stopped = True


class Film:
    """Frames at 0, 0.5, 1 ... seconds; the first takes `start` to be read."""

    live, name, fps, num_frames = False, "film.mp4", 2.0, 6

    def __init__(self, clock: Clock, reading: float = 0.0) -> None:
        self.clock, self.reading, self.closed = clock, reading, 0

    def __iter__(self):
        for n in range(6):
            self.clock.now += self.reading
            yield Frame(np.zeros((2, 2, 3), np.uint8), n + 1, 0.5 * n, -1.0)

    def close(self) -> None:
        self.closed += 1


def _paced(reading: float = 0.0) -> tuple[PacedSource, Film, Clock]:
    clock = Clock()
    film = Film(clock, reading)
    source = PacedSource(film, clock)
    source._stop = clock
    return source, film, clock


def test_no_frame_comes_before_its_time():
    source, film, _ = _paced()
    arrivals = [(f.number, f.arrival) for f in source]
    assert arrivals == [(n + 1, 50.0 + 0.5 * n) for n in range(6)]
    assert film.closed == 1
    assert (source.live, source.fps, source.name) == (True, 2.0, "film.mp4")


def test_who_reads_slowly_does_not_wait_too():
    source, _, _ = _paced(reading=0.75)
    assert [f.arrival for f in source] == [50.75 + 0.75 * n for n in range(6)]


def test_stopped_in_between():
    source, film, _ = _paced()
    frames = iter(source)
    next(frames)
    source.close()
    assert film.closed == 0  # only by its own thread
    assert list(frames) == []
    assert film.closed == 1


def test_sources_by_their_names(video, tmp_path):
    opened = open_live([video, str(video), video])
    assert list(opened) == ["v.mp4", "v.mp4 (2)", "v.mp4 (3)"]
    assert all(isinstance(source, PacedSource) for source in opened.values())
    images = [f.image for f in next(iter(opened.values()))]
    assert len(images) == 12


def test_passwords_and_cameras(monkeypatch):
    class Camera:
        live, name, fps, num_frames = True, "camera 0", None, None
        closed = False

        def close(self) -> None:
            self.closed = True

    camera = Camera()
    monkeypatch.setattr(CameraSource, "__new__", lambda *_: camera)
    monkeypatch.setattr(StreamSource, "_open", lambda self: _Reader())
    opened = open_live(["0", "rtsp://me:secret@camera/1"], live=True)
    assert list(opened) == ["camera 0", "rtsp://me:***@camera/1"]
    assert opened["camera 0"] is camera
    with pytest.raises(FileNotFoundError, match=r"'absent\.mp4' does not exist"):
        open_live(["0", Path("absent.mp4")])
    assert camera.closed


class _Reader:
    duration = fps = num_frames = None
    strict = False
