import io
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from rich.console import Console

from stal_plugin.apis import ActionDetector, ActionEvents
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.prediction_run import PredictionRun, status_line
from stal_plugin.apis.sources import FileSource, StreamSource
from stal_plugin.apis.sources.backoff import Backoff


def _run(checkpoint: Path) -> PredictionRun:
    det = ActionDetector(checkpoint, device="cpu", score_thr=0.25)
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    return PredictionRun(det, ActionEvents(min_seconds=0.1), console)


def test_progress_events_and_summary(
    checkpoint: Path, video: Path, tmp_path: Path
) -> None:
    run = _run(checkpoint)
    source = FileSource(video)
    with Outputs(source, events=tmp_path / "e.jsonl") as outputs:
        run(source, outputs)
    assert run.summary().startswith("12 of 12 frames in ")
    assert run.summary().endswith(" per second), on cpu, fp32")
    screen = run.console.file.getvalue()
    assert "12/12" in screen
    assert "fps" in screen
    assert "left:" in screen
    lines = (tmp_path / "e.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["event"] for line in lines]
    assert kinds.count("start") == kinds.count("end") > 0  # all are ended at the end


def test_stops_when_the_window_is_closed(checkpoint: Path, video: Path) -> None:
    run = _run(checkpoint)

    class Three(Outputs):
        def write(self, result, events=(), status="") -> bool:
            return result.frame < 3

    source = FileSource(video)
    with Three(source) as outputs:
        run(source, outputs)
    assert run.num_results == 3


def test_an_error_leaves_the_summary(
    checkpoint: Path, video: Path, tmp_path: Path
) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(video.read_bytes()[:-200])
    run = _run(checkpoint)
    with pytest.raises(ValueError, match="cut short"), Outputs(FileSource(path)) as o:
        run(FileSource(path), o)
    assert run.num_results > 5
    assert run.summary().startswith(f"{run.num_results} of {run.num_results} frames")
    assert _run(checkpoint).summary() == "no frame was read"


def test_a_live_stream_from_its_server_to_the_files(
    checkpoint: Path, http_server: Any, mpegts: Callable, tmp_path: Path
) -> None:
    mpegts(tmp_path / "v.ts", 60)
    url = f"http://127.0.0.1:{http_server.port}/live/v.ts"
    source = StreamSource(url, timeout=30, backoff=Backoff(0.05, 0.1, give_up=120))
    run = _run(checkpoint)
    video, lines = tmp_path / "o.mp4", tmp_path / "o.jsonl"

    class Killer(Outputs):
        """Kill the server after three results, and for good after a second round."""

        def write(self, result, events=(), status="") -> bool:
            if run.num_results == 3:
                http_server.kill()
                http_server.start()
            if run.num_results > 5 and result.frame > 80:
                source.backoff = Backoff(0.05, 0.1, give_up=1.0)
                http_server.process.kill()
            return super().write(result, events, status)

    lost = pytest.raises(
        ValueError, match=r"v\.ts is lost: it did not come back in 1 s"
    )
    with lost, Killer(source, video, lines) as outputs:
        run(source, outputs)
    results = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(results) == run.num_results > 6
    assert results[-1]["frame"] > 80
    assert all(a["time"] <= b["time"] for a, b in pairwise(results))
    # every frame is looked at, skipped or counted as lost
    given = sum(1 + r["skipped"] for r in results)
    assert given + run.last.lost == results[-1]["frame"]
    with av.open(str(video)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    expected = [r["time"] for r in results]
    if expected[0] > 0:  # the first frames came while the network was not ready
        expected.insert(0, 0.0)
    assert times == pytest.approx(expected, abs=2e-3)
    assert "latency" in run.console.file.getvalue()


def test_signals_wait_until_a_result_is_written(checkpoint: Path, video: Path) -> None:
    run = _run(checkpoint)
    with pytest.raises(KeyboardInterrupt):
        run.interrupt()
    written = []

    class Signalled(Outputs):
        def write(self, result, events=(), status="") -> bool:
            if result.frame == 4:
                run.interrupt(2, None)
            written.append(result.frame)
            return True

    source = FileSource(video)
    with pytest.raises(KeyboardInterrupt), Signalled(source) as outputs:
        run(source, outputs)
    assert written == [1, 2, 3, 4]
    assert run.num_results == 4


def test_status_line(make_result: Callable) -> None:
    result = make_result(latency=0.0804, skipped=2)
    assert status_line(result, 12.34, live=False) == "12.3 fps"
    assert status_line(result, 12.34, live=True) == (
        "12.3 fps  latency 80 ms  2 skipped"
    )
    lost = make_result(lost=7)
    assert status_line(lost, 1, live=True).endswith("0 skipped  7 lost")
