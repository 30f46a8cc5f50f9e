import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from stal_plugin.apis import ActionEvents, Outputs
from stal_plugin.apis.sources import Frame, ImageSource
from stal_plugin.apis.streams_run import StreamsRun


class _Session:
    """What the detector below keeps of a stream."""

    lost = 0
    size = (0,)


class _Detector:
    """Finds a wave on every frame, or nothing."""

    device, precision = "cpu", "fp32"

    def __init__(self, make_result: Callable, num_found: int = 1) -> None:
        self.make_result, self.num_found = make_result, num_found
        self.interrupt: Any = None
        self.looked_at: set[int] = set()

    def begin(self, source: Any) -> Any:
        return _Session()

    def prepare(self, session: Any, frames: Sequence[Frame]) -> None:
        session.frames = frames

    def detect(self, sessions: Sequence[Any]) -> list:
        found = [(2, 2, 20, 20)] * self.num_found
        number = sessions[0].frames[-1].number
        if self.interrupt and number >= 4 and len(self.looked_at) == 2:
            self.interrupt(2)
        self.looked_at |= {id(session) for session in sessions}
        return [
            self.make_result(s.frames[-1].number, found, [0] * len(found), lost=1)
            for s in sessions
        ]


class _Metrics:
    def __init__(self) -> None:
        self.seen: list = []

    def watch(self, stream: str, source: Any) -> None:
        self.seen.append(("watch", stream, source is not None))

    def observe(self, stream: str, result: Any) -> None:
        self.seen.append(("observe", stream, result.frame))

    def ended(self, stream: str) -> None:
        self.seen.append(("ended", stream))


@pytest.fixture
def make_run(make_result: Callable, tmp_path: Path) -> Callable[..., StreamsRun]:
    """Maker of runs that write JSON lines."""

    def make(num_found: int = 1, outputs: type = Outputs) -> StreamsRun:
        def outputs_of(name: str, source: Any) -> Outputs:
            return outputs(source, json=tmp_path / f"{name}.jsonl")

        console = Console(file=io.StringIO(), width=100, force_terminal=True)
        detector = _Detector(make_result, num_found)
        run = StreamsRun(detector, outputs_of, ActionEvents, console, _Metrics())
        detector.interrupt = run.interrupt
        return run

    return make


def _images(count: int, square: Callable) -> Callable[[], Any]:
    return lambda: ImageSource([square(n) for n in range(count)])


def _absent() -> Any:
    raise ValueError("rtsp://me:secret@cam/1 cannot be opened")


def test_files_summary_and_failures(
    make_run: Callable, square: Callable, tmp_path: Path
) -> None:
    run = make_run(num_found=0)  # a result without a person is a result
    run.detector.interrupt = None
    run(
        {
            "a": _images(3, square),
            "b": _images(5, square),
            "none": _images(0, square),
            "gone": _absent,
        }
    )
    assert set(run.written) == {tmp_path / "a.jsonl", tmp_path / "b.jsonl"}
    assert len(run.written) == 2
    lines = (tmp_path / "b.jsonl").read_text().splitlines()
    assert [json.loads(line)["frame"] for line in lines] == [1, 2, 3, 4, 5]
    assert run.failures == {
        "none": "it gave no frame",
        "gone": "ValueError: rtsp://me:***@cam/1 cannot be opened",
    }
    *each, total = run.summary().splitlines()
    assert each[0].startswith("a: 3 of 3 frames in ")
    assert each[0].endswith(" per second), 1 lost")
    assert each[2:] == ["none: no frame was read", "gone: no frame was read; failed"]
    assert total.startswith("all together: 8 frames in ")
    assert total.endswith(" per second), on cpu, fp32")
    screen = run.console.file.getvalue()
    assert "of 4 streams" in screen
    assert "2 lost" in screen
    seen = run.metrics.seen
    assert seen[:4] == [("watch", n, False) for n in ("a", "b", "none", "gone")]
    assert [s for s in seen if s[:2] == ("observe", "a")][-1] == ("observe", "a", 3)
    assert ("watch", "a", True) in seen
    assert ("watch", "gone", True) not in seen
    assert ("ended", "gone") in seen


def test_ctrl_c_leaves_complete_files_of_all(
    make_run: Callable, square: Callable, tmp_path: Path
) -> None:
    run = make_run()
    with pytest.raises(KeyboardInterrupt):
        run({name: _images(9, square) for name in "ab"})
    assert run.signal == 2
    assert set(run.written) == {tmp_path / "a.jsonl", tmp_path / "b.jsonl"}
    for name in "ab":
        count = len((tmp_path / f"{name}.jsonl").read_text().splitlines())
        assert f"{name}: {count} of 9 frames in " in run.summary()
    assert not list(tmp_path.glob("*.part"))


def test_one_that_cannot_write_leaves_the_files_of_the_others(
    make_run: Callable, square: Callable, tmp_path: Path
) -> None:
    begun: set[int] = set()

    class Full(Outputs):
        def write(self, result: Any, *others: Any) -> bool:
            begun.add(id(self))
            if result.frame >= 3 and len(begun) == 2:
                raise OSError(28, "No space left on device", "x")
            return super().write(result, *others)

    run = make_run(outputs=Full)
    run.detector.interrupt = None
    with pytest.raises(OSError, match="No space left"):
        run({name: _images(9, square) for name in "ab"})
    assert len(run.written) == 2
    assert not list(tmp_path.glob("*.part"))
