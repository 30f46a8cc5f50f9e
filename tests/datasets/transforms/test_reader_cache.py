import copy
import multiprocessing
import pickle

import pytest

from stal_plugin.datasets.transforms import reader_cache
from stal_plugin.datasets.transforms.reader_cache import ReaderCache


class FakeReader:
    def __init__(self, path: str) -> None:
        self.path, self.closed = path, 0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def opened(monkeypatch) -> list[FakeReader]:
    made: list[FakeReader] = []

    def open_fake(path: str) -> FakeReader:
        made.append(FakeReader(path))
        return made[-1]

    monkeypatch.setattr(reader_cache, "open_reader", open_fake)
    return made


def test_the_least_recently_used_file_is_closed(opened):
    cache = ReaderCache(max_open=2)
    a, b = cache.get("a"), cache.get("b")
    assert cache.get("a") is a
    cache.get("c")
    assert [(r.path, r.closed) for r in opened] == [("a", 0), ("b", 1), ("c", 0)]
    assert cache.get("b") is b  # remembered, with its index of frames
    assert [r.closed for r in opened] == [1, 1, 0]
    assert len(opened) == 3


def test_memory_of_closed_files_is_bounded(opened, monkeypatch):
    monkeypatch.setattr(reader_cache, "_KNOWN", 3)
    cache = ReaderCache(max_open=1)
    for i in range(10):
        cache.get(str(i))
    assert len(cache._open) + len(cache._closed) == 4
    cache.get("0")
    assert len(opened) == 11


def test_copies_start_empty(opened):
    cache = ReaderCache(max_open=3)
    cache.get("a")
    for other in (copy.deepcopy(cache), pickle.loads(pickle.dumps(cache))):
        assert other.max_open == 3
        other.get("a")
    assert len(opened) == 3


def test_a_forked_process_opens_its_own_files(opened):
    cache = ReaderCache()
    mine = cache.get("a")

    def child(queue) -> None:
        theirs = cache.get("a")
        queue.put((theirs is mine, len(opened), [r.closed for r in opened]))

    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    assert queue.get() == (False, 2, [0, 0])
    process.join()
    assert cache.get("a") is mine


def test_close_closes_all(opened):
    cache = ReaderCache()
    cache.get("a"), cache.get("b")
    cache.close()
    assert [r.closed for r in opened] == [1, 1]


def test_max_open_is_checked():
    with pytest.raises(ValueError, match="max_open=0"):
        ReaderCache(0)
