import time
from threading import Thread

import numpy as np
import pytest

from stal_plugin.apis.live_page.paced_source import (
    LateSource,
    PacedSource,
    live_sources,
)
from stal_plugin.apis.sources import Frame


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


def test_a_file_is_opened_late_and_paced(video):
    sources = live_sources({"door": video, "0": "0"}, folder_fps=5)
    assert list(sources) == ["door", "0"]
    late = sources["door"]
    assert (late.lost_since, late.pixel_aspect) == (None, 1.0)
    late.close()  # before it is open
    opened = late()
    assert isinstance(opened, PacedSource)
    assert len(list(opened)) <= 1
    assert len(list(LateSource(video)())) == 12
    with pytest.raises(FileNotFoundError, match=r"'absent\.mp4' does not exist"):
        LateSource("absent.mp4")()


def test_what_a_live_source_says_of_itself():
    class Camera:
        live, name, fps, num_frames = True, "camera 0", None, None
        lost_since, pixel_aspect, closed = 3.5, 2.0, False

        def close(self) -> None:
            self.closed = True

    camera = Camera()
    late = LateSource(camera)
    assert late() is camera
    assert (late.lost_since, late.pixel_aspect) == (3.5, 2.0)
    late.close()
    assert camera.closed


def test_a_stream_that_is_not_there_says_so_and_can_be_given_up():
    late = LateSource("rtsp://127.0.0.1:1/x", retry=600.0)
    assert (late.lost_since, late.error) == (None, None)
    errors: list[ValueError] = []

    def read() -> None:
        try:
            late()
        except ValueError as error:
            errors.append(error)

    thread = Thread(target=read)
    thread.start()
    while late.lost_since is None:
        assert thread.is_alive()
        time.sleep(0.01)
    assert "cannot be opened: Connection refused" in str(late.error)
    late.close()
    thread.join(30)
    assert "cannot be opened: Connection refused" in str(errors[0])
