import threading
from collections import deque
from collections.abc import Iterator

import numpy as np
import pytest

from stal_plugin.apis.sources import Frame, LiveBuffer


class _Source:
    """Gives frames as fast as they are taken, then an error or the end."""

    name, live, fps, num_frames = "fake", True, 25.0, None

    def __init__(
        self, count: int, error: Exception | None = None, gap: int = 0
    ) -> None:
        self.count, self.error, self.closed = count, error, False
        self.gap = gap
        self.done = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for number in range(1, self.count + 1):
            image = np.zeros((1, 1, 3), np.uint8)
            yield Frame(image, number, 0.0, 0.0, after_gap=number == self.gap)
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
    assert source.done.wait(60)  # all frames are in the ring, or were dropped
    got += [number for group in groups for number in _numbers(group)]
    assert got[-8:] == list(range(93, 101))
    assert got == sorted(set(got))
    assert buffer.num_lost == 100 - len(got)
    buffer.close()
    assert source.closed


def _full_ring(count: int, capacity: int, gap: int = 0) -> LiveBuffer:
    """A buffer whose source has ended before anybody looked."""
    buffer = LiveBuffer(_Source(count, gap=gap), capacity)
    buffer._thread.start()
    buffer._thread.join(60)
    buffer._thread = threading.Thread(target=bool)  # iterating starts it
    return buffer


def test_lost_frames_count_from_the_frames_that_follow_them() -> None:
    buffer = _full_ring(10, capacity=4)
    assert buffer.num_lost == 0  # nobody has seen a hole yet
    assert [_numbers(group) for group in buffer] == [[7, 8, 9, 10]]
    assert buffer.num_lost == 6


@pytest.mark.parametrize("capacity", [1, 3])
@pytest.mark.parametrize("gap", [2, 9])
def test_an_interruption_outlives_its_frame(capacity: int, gap: int) -> None:
    (group,) = _full_ring(10, capacity, gap)
    marks = [frame.number for frame in group if frame.after_gap]
    assert marks == [max(gap, 11 - capacity)]


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
    assert source.done.wait(60)
    assert _numbers(next(groups)) == [2, 3, 4, 5, 6, 7]
    assert list(groups) == []
