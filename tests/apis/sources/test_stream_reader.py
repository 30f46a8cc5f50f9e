import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from stal_plugin.apis.sources import FileBuffer, Frame, StreamReader


class _Source:
    name, fps, num_frames = "fake", 25.0, None

    def __init__(self, count: int = 5, live: bool = False) -> None:
        self.count, self.live = count, live
        self.num_read, self.closed_by = 0, ""

    def __iter__(self) -> Iterator[Frame]:
        for number in range(1, self.count + 1):
            self.num_read = number
            yield Frame(np.zeros((1, 1, 3), np.uint8), number, 0.0, 0.0)

    def close(self) -> None:
        self.closed_by = threading.current_thread().name


def _taken(reader: StreamReader, changed: threading.Condition) -> list[list[int]]:
    groups = []
    while True:
        with changed:
            changed.wait_for(lambda: reader.is_ready, timeout=60)
        frames = reader.take()
        if not frames:
            assert reader.has_ended
            return groups
        groups.append([frame.number for frame in frames])


def test_frames_of_a_file_come_singly_and_none_is_lost() -> None:
    changed, source = threading.Condition(), _Source(40)
    reader = StreamReader(lambda: source, changed)
    assert _taken(reader, changed) == [[n] for n in range(1, 41)]
    assert reader.num_lost == 0
    reader.join(60)
    assert source.closed_by == "stream reader"  # who decodes, closes


def test_a_file_is_read_ahead_by_some_frames_only() -> None:
    changed, source = threading.Condition(), _Source(1000)
    buffer = FileBuffer(source, 3, changed)
    thread = threading.Thread(target=buffer.read)
    thread.start()
    for number in range(1, 6):
        with changed:
            assert changed.wait_for(lambda: buffer.is_ready, timeout=60)
        assert [frame.number for frame in buffer.take()] == [number]
        assert source.num_read <= number + 4
    buffer.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert source.num_read < 12


def test_live_frames_come_together() -> None:
    changed, source = threading.Condition(), _Source(20, live=True)
    reader = StreamReader(lambda: source, changed)
    reader.join(60)  # all have arrived
    assert _taken(reader, changed) == [list(range(1, 21))]
    reader.stop()
    assert source.closed_by == "MainThread"


def test_one_that_is_stopped_while_it_opens() -> None:
    changed, go_on, source = threading.Condition(), threading.Event(), _Source(1000)

    def opened() -> Any:
        go_on.wait(60)
        return source

    reader = StreamReader(opened, changed)
    assert not reader.is_ready
    assert reader.take() == []
    reader.stop()
    go_on.set()
    reader.join(60)
    assert source.num_read <= 3
    assert source.closed_by == "stream reader"


def test_errors_are_raised_where_frames_are_taken() -> None:
    def opened() -> Any:
        raise ValueError("no camera")

    changed = threading.Condition()
    reader = StreamReader(opened, changed)
    with changed:
        assert changed.wait_for(lambda: reader.is_ready, timeout=60)
    with pytest.raises(ValueError, match="no camera"):
        reader.take()
