import threading
import time
from collections import deque
from collections.abc import Iterator

import numpy as np
import pytest

from stal_plugin.apis.sources import Frame, LiveBuffer


class _Source:
    """Gives frames as fast as they are taken, then an error or the end."""

    name, live, fps, num_frames = "fake", True, 25.0, None

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count, self.error, self.closed = count, error, False
        self.done = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for number in range(1, self.count + 1):
            yield Frame(np.zeros((1, 1, 3), np.uint8), number, 0.0, 0.0)
        self.done.set()
        if self.error:
            raise self.error

    def close(self) -> None:
        self.closed = True


def _numbers(group: list[Frame]) -> list[int]:
    return [frame.number for frame in group]


def test_oldest_are_dropped_and_counted() -> None:
    source = _Source(100)
    buffer = LiveBuffer(source, capacity=8)
    groups = iter(buffer)
    got = _numbers(next(groups))
    assert source.done.wait(5)
    time.sleep(0.05)
    got += [number for group in groups for number in _numbers(group)]
    assert got[-8:] == list(range(93, 101))
    assert got == sorted(set(got))
    assert buffer.num_lost == 100 - len(got)
    buffer.close()
    assert source.closed


def test_errors_come_after_all_frames() -> None:
    buffer = LiveBuffer(_Source(5, ValueError("lost")), capacity=8)
    groups: list[list[Frame]] = []
    with pytest.raises(ValueError, match="lost"):
        deque(map(groups.append, buffer), maxlen=0)
    assert [n for group in groups for n in _numbers(group)] == [1, 2, 3, 4, 5]


def test_a_slow_reader_gets_the_newest_at_once() -> None:
    release = threading.Semaphore(1)

    class Paced(_Source):
        def __iter__(self) -> Iterator[Frame]:
            for frame in super().__iter__():
                release.acquire()
                yield frame

    source = Paced(7)
    groups = iter(LiveBuffer(source))
    assert _numbers(next(groups)) == [1]
    for _ in range(6):
        release.release()
    assert source.done.wait(5)
    time.sleep(0.05)
    assert _numbers(next(groups)) == [2, 3, 4, 5, 6, 7]
    assert list(groups) == []
