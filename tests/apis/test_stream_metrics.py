import sys
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace

import pytest

pytest.importorskip("prometheus_client")

from stal_plugin.apis.stream_metrics import StreamMetrics
from stal_plugin.apis.stream_result import StreamResult


@pytest.fixture
def metrics() -> StreamMetrics:
    """Metrics that are not served any more at the end."""
    made = StreamMetrics()
    yield made
    made.close()


def test_numbers_are_served_on_this_computer(
    metrics: StreamMetrics, make_result: Callable
) -> None:
    door = SimpleNamespace(lost_since=None, num_reconnects=3)
    metrics.watch("door", door)
    metrics.watch('a"b\n', SimpleNamespace())  # escaped by the format
    metrics.watch("late", None)
    metrics.watch("rtsp://me:secret@cam/1", SimpleNamespace())
    metrics.observe("rtsp://me:secret@cam/1", make_result())
    for latency, skipped, lost in ((0.03, 2, 0), (0.3, 0, 5), (9.0, 1, 7)):
        metrics.observe(
            "door", make_result(latency=latency, skipped=skipped, lost=lost)
        )
    url = f"http://127.0.0.1:{metrics.serve(0)}/metrics"

    def numbers() -> dict[str, float]:
        with urllib.request.urlopen(url, timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}

    seen = numbers()
    expected = {
        'stal_frames_total{stream="door"}': 3,
        'stal_frames_skipped_total{stream="door"}': 3,
        'stal_frames_lost_total{stream="door"}': 7,
        'stal_reconnects_total{stream="door"}': 3,
        'stal_stream_up{stream="door"}': 1,
        'stal_stream_up{stream="late"}': 0,
        'stal_latency_seconds_bucket{le="0.05",stream="door"}': 1,
        'stal_latency_seconds_bucket{le="0.5",stream="door"}': 2,
        'stal_latency_seconds_bucket{le="+Inf",stream="door"}': 3,
        'stal_stream_up{stream="a\\"b\\n"}': 1,
        'stal_frames_total{stream="late"}': 0,
        'stal_frames_total{stream="rtsp://me:***@cam/1"}': 1,
    }
    assert not any("secret" in name for name in seen)
    assert {name: seen.get(name) for name in expected} == expected
    door.lost_since = 98.0
    assert numbers()['stal_stream_up{stream="door"}'] == 0
    door.lost_since = None
    metrics.ended("door")
    assert numbers()['stal_stream_up{stream="door"}'] == 0


def test_results_are_passed_on_and_counted(
    metrics: StreamMetrics, make_result: Callable
) -> None:
    sources = {"door": SimpleNamespace(num_reconnects=1), "yard": SimpleNamespace()}
    results = [make_result(lost=2), make_result(lost=2)]
    items = [StreamResult("door", result) for result in results]
    items.append(StreamResult("door", None))
    value = metrics.registry.get_sample_value
    counted = metrics.counted(iter(items), sources)
    door = {"stream": "door"}
    assert next(counted) is items[0]
    assert value("stal_stream_up", door) == 1
    assert value("stal_stream_up", {"stream": "yard"}) == 0  # opened, nothing yet
    assert list(counted) == items[1:]
    assert value("stal_frames_total", door) == 2
    assert value("stal_frames_lost_total", door) == 2
    assert value("stal_reconnects_total", door) == 1
    assert value("stal_stream_up", door) == 0


def test_a_port_that_is_taken(metrics: StreamMetrics) -> None:
    port = metrics.serve(0)
    for wrong in (port, 70000):
        with pytest.raises(ValueError, match=f"cannot be served at 127.0.0.1:{wrong}"):
            StreamMetrics().serve(wrong)


def test_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(ImportError, match=r"pip install -e \.\[metrics\]"):
        StreamMetrics()
