"""Who is next, and what becomes of each stream; with the network at the end."""

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stal_plugin.apis import ActionDetector, StreamResult
from stal_plugin.apis.many_streams import _one_round, _Stream, run_streams
from stal_plugin.apis.sources import Frame
from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.video import write_video


class _Source:
    """Numbered frames; it may fail at the end, or wait before a frame."""

    fps, num_frames = 25.0, None

    def __init__(
        self,
        count: int = 5,
        live: bool = False,
        error: Exception | None = None,
        size: int = 4,
        wait: threading.Event | None = None,
    ) -> None:
        self.name, self.count, self.live, self.error = "fake", count, live, error
        self.size, self.wait, self.closed = size, wait, threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        for number in range(1, self.count + 1):
            image = np.zeros((self.size, self.size, 3), np.uint8)
            yield Frame(image, number, number / 25, 0.0)
        if self.wait:
            self.wait.wait(60)
        if self.error:
            raise self.error

    def close(self) -> None:
        self.closed.set()
        if self.wait:
            self.wait.set()


class _Session:
    def __init__(self, source: Any) -> None:
        self.source, self.lost, self.size = source, 0, (0,)


class _Detector:
    """Gives the numbers of frames as results; notes who was looked at together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.fails_at: int | None = None

    def begin(self, source: Any) -> Any:
        return _Session(source)

    def prepare(self, session: Any, frames: Sequence[Frame]) -> None:
        if frames[-1].number == 99:
            raise ValueError("frame 99\nis odd, see rtsp://me:secret@cam/1")
        session.frames, session.size = frames, frames[-1].image.shape

    def detect(self, sessions: Sequence[Any]) -> list:
        self.batches.append([s.source.size for s in sessions])
        if self.fails_at in self.batches[-1]:
            raise RuntimeError("no such kernel")
        return [(s.frames[-1].number, len(s.frames), s.lost) for s in sessions]


def _run(
    sources: dict, max_batch: int = 8, detector: Any = None
) -> tuple[dict[str, list], dict[str, StreamResult]]:
    """Results of each stream, and its last item."""
    results, last = defaultdict(list), {}
    openers = {name: lambda s=source: s for name, source in sources.items()}
    for item in run_streams(detector or _Detector(), openers, max_batch):
        assert item.stream not in last  # nothing comes after the end
        if item.result is None:
            last[item.stream] = item
        else:
            results[item.stream].append(item.result)
    return results, last


def test_every_frame_of_files_in_order() -> None:
    sources = {name: _Source(count) for name, count in (("a", 5), ("b", 30))}
    results, last = _run(sources)
    for name, source in sources.items():
        assert results[name] == [(n + 1, 1, 0) for n in range(source.count)]
        assert last[name] == StreamResult(name)
        assert source.closed.wait(60)


def test_one_death_does_not_touch_the_others() -> None:
    class Odd(_Source):
        def __iter__(self) -> Iterator[Frame]:
            yield Frame(np.zeros((4, 4, 3), np.uint8), 99, 0.0, 0.0)

    class Faulty(_Source):
        def __iter__(self) -> Iterator[Frame]:
            raise KeyError("x")

    address = "rtsp://me:secret@cam/1"
    results, last = _run(
        {
            "good": _Source(20),
            "lost": _Source(3, True, ValueError(f"{address} is lost")),
            "odd": Odd(),
            "faulty": Faulty(),
            "empty": _Source(0),
        }
    )
    assert len(results["good"]) == 20
    assert results["lost"][-1][0] == 3  # what came before the end was looked at
    assert {name: item.error for name, item in last.items()} == {
        "good": None,
        "lost": "ValueError: rtsp://me:***@cam/1 is lost",  # not raised by us
        "odd": "ValueError: frame 99 is odd, see rtsp://me:***@cam/1",
        "faulty": "KeyError: 'x'",
        "empty": None,
    }


def test_a_source_that_cannot_be_opened(caplog: pytest.LogCaptureFixture) -> None:
    def absent() -> Any:
        raise FileNotFoundError("'x.mp4' does not exist")

    items = list(run_streams(_Detector(), {"no": absent, "good": lambda: _Source(2)}))
    assert StreamResult("no", error="'x.mp4' does not exist") in items
    assert Counter(item.stream for item in items) == {"no": 1, "good": 3}
    assert caplog.text == ""


def test_a_silent_or_slow_source_keeps_nobody_waiting() -> None:
    opened, silent = threading.Event(), _Source(1, True, wait=threading.Event())

    def slow() -> Any:
        opened.wait(60)
        return _Source(1)

    openers = {"slow": slow, "silent": lambda: silent, "good": lambda: _Source(9)}
    seen = Counter()
    for item in run_streams(_Detector(), openers):
        seen[item.stream] += 1
        if item == StreamResult("good"):
            assert seen["slow"] == 0
            opened.set()
        if item == StreamResult("slow"):
            break
    assert seen["good"] == 10
    assert silent.closed.wait(60)  # also those that still go on


class _AlwaysReady:
    """A reader that has a frame whenever it is asked."""

    is_ready, num_lost = True, 0

    def __init__(self, size: int) -> None:
        self.source = _Source(size=size)

    def take(self) -> list[Frame]:
        image = np.zeros((4, 4, 3), np.uint8)
        return [Frame(image, 1, 0.0, 0.0)]


def test_streams_take_turns() -> None:
    """Under overload all get as much: who waited longest comes first."""
    detector = _Detector()
    streams = deque(_Stream(str(n), _AlwaysReady(n)) for n in range(5))
    for _ in range(5):
        assert len(list(_one_round(detector, streams, max_batch=2))) == 2
    assert detector.batches == [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]]
    detector.batches.clear()
    streams[0].reader.is_ready = False  # it keeps its place
    assert len(list(_one_round(detector, streams, max_batch=9))) == 4
    assert streams[0].name == "0"


def test_live_streams_skip_and_count_what_is_lost() -> None:
    source = _Source(200, live=True)
    results, last = _run({"live": source, "file": _Source(50)})
    looked, skipped = results["live"], sum(n - 1 for _, n, _ in results["live"])
    assert looked[-1][0] == 200
    assert len(looked) + skipped + looked[-1][2] == 200
    assert len(results["file"]) == 50
    assert last["live"].error is None


def test_frames_of_one_size_are_looked_at_together() -> None:
    detector = _Detector()
    sources = {str(n): _Source(40, size=4 + n % 2) for n in range(6)}
    _run(sources, 4, detector)
    assert all(len(set(sizes)) == 1 for sizes in detector.batches)
    assert 1 < max(map(len, detector.batches)) <= 4


def test_an_error_of_the_network_ends_the_streams_that_were_in_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    detector = _Detector()
    detector.fails_at = 5
    results, last = _run({"4": _Source(9), "5": _Source(9, size=5)}, 8, detector)
    assert len(results["4"]) == 9
    assert last["4"].error is None
    assert last["5"].error == "RuntimeError: no such kernel"
    assert "test_many_streams.py" in caplog.text  # the traceback of a fault


def test_arguments() -> None:
    with pytest.raises(ValueError, match="there is no source"):
        run_streams(_Detector(), {})
    with pytest.raises(ValueError, match="max_batch=0 must be at least 1"):
        run_streams(_Detector(), {"a": _Source}, 0)


@pytest.mark.parametrize("causal", [False, True])
def test_results_are_those_of_each_stream_alone(
    tmp_path: Path,
    settings: Callable,
    save_checkpoint: Callable,
    square: Callable,
    causal: bool,
) -> None:
    config = settings()
    config["model"]["backbone"]["backbone_3d"]["causal"] = causal
    path = save_checkpoint(tmp_path / "c.pth", config)
    linker = OnlineLinker(2, iou_thr=0.9)  # each stream has a copy of it
    det = ActionDetector(path, device="cpu", score_thr=0.25, linker=linker)
    sources = {}
    for name, first, count, width in (("a", 0, 7, 80), ("b", 7, 4, 96)):
        images = (square(first + n, width) for n in range(count))
        write_video(tmp_path / f"{name}.mp4", images, 25)
        sources[name] = tmp_path / f"{name}.mp4"
    sources["c"] = np.stack([square(3 * n) for n in range(5)])  # images in memory
    found = defaultdict(list)
    for item in det.run_many({**sources, "gone": tmp_path / "gone.mp4"}):
        found[item.stream].append(item.result if item.error is None else item.error)
    assert "gone.mp4' does not exist" in found.pop("gone")[0]
    for name, source in sources.items():
        *results, end = found[name]
        assert end is None
        for got, wanted in zip(results, det(source), strict=True):
            assert (got.frame, got.time) == (wanted.frame, wanted.time)
            assert np.array_equal(got.image, wanted.image)
            assert len(got) == len(wanted) > 0
            assert np.allclose(got.scores, wanted.scores, atol=1e-5)
            assert np.allclose(got.boxes, wanted.boxes, atol=1e-3)
            assert np.array_equal(got.track_ids, wanted.track_ids)


def test_streams_that_break_off_come_back(
    checkpoint: Path, rtsp_server: Any, video: Path
) -> None:
    """A served stream that dies and comes back, beside one that is whole."""
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.25)
    url = f"rtsp://me:secret@127.0.0.1:{rtsp_server.port}/ball"
    seen, killed_at, back = Counter(), 0, 0
    streams = det.run_many({"ball": url, "file": video}, live=True, timeout=2)
    for item in streams:
        seen[item.stream] += item.result is not None
        if item.stream == "file":
            continue
        assert item.result is not None, item.error
        if not killed_at and item.result.frame >= 5 and seen["file"] == 12:
            killed_at, before = item.result.frame, item.result.time
            rtsp_server.kill()
            rtsp_server.start()
        elif killed_at and item.result.frame > killed_at + 40:
            back = item.result.time
            break
    streams.close()
    assert back > before
    assert seen["file"] == 12
