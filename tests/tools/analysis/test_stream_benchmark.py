import pytest
from analysis.stream_benchmark import StreamRate, measure_streams, stream_table

from stal_plugin.apis import StreamResult


class _Detector:
    """Gives two results for each source; notes what was run."""

    def __init__(self, error=None) -> None:
        self.error, self.runs = error, []

    def run_many(self, sources, max_batch):
        self.runs.append([(s.name, s.num_frames) for s in sources.values()])
        for name in sources:
            yield from [StreamResult(name, object())] * 2
            yield StreamResult(name, error=self.error)


def test_numbers_of_streams_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0, 9, *(0, 1), *(0, 4), *(0, 3), *(0, 4), *(0, 2), *(0, 16)])
    cpu = iter([0, 9, *(0, 1), *(0, 4), *(0, 1), *(0, 4), *(0, 1), *(0, 4)])
    monkeypatch.setattr("analysis.stream_benchmark.FileSource", _File)
    times = "analysis.stream_benchmark.time"
    monkeypatch.setattr(f"{times}.perf_counter", lambda: next(clock))
    monkeypatch.setattr(f"{times}.process_time", lambda: next(cpu))
    detector = _Detector()
    rates = measure_streams(detector, ["v", "w"], [1, 4], 7, rounds=3)
    two, four = [("v", 7)], [("v", 7), ("w", 7)] * 2
    assert detector.runs[1:] == [two, four] * 3
    # 2 frames in the median of 1, 3, 2 s; 8 frames in that of 4, 4, 16 s
    assert rates == {1: StreamRate(1.0, 500.0), 4: StreamRate(2.0, 500.0)}


class _File:
    def __init__(self, path) -> None:
        self.fps = 25.0


def test_a_stream_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.stream_benchmark.FileSource", _File)
    with pytest.raises(ValueError, match="stream 0: cut short"):
        measure_streams(_Detector("cut short"), ["v"], [1])


def test_table() -> None:
    rates = {1: StreamRate(10.0, 100.0), 4: StreamRate(16.0, 60.0)}
    assert stream_table(rates).splitlines()[2:] == [
        "| 1 | 10.0 | 1.00 | 10.0 | 100.0 | 1.00 |",
        "| 4 | 16.0 | 1.60 | 4.0 | 60.0 | 0.60 |",
    ]
