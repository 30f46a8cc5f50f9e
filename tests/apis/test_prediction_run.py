import io
import json
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext, suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from rich.console import Console

from stal_plugin.apis import ActionDetector, ActionEvents, Outputs
from stal_plugin.apis.prediction_run import PredictionRun, status_line
from stal_plugin.apis.sources import FileSource, StreamSource
from stal_plugin.apis.sources.backoff import Backoff

X264 = ("libx264", "yuv420p")
#: The list of the frames comes first, so that the start of a file can be read.
FRONT = {"movflags": "faststart"}


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


def test_a_run_without_detections_says_so(checkpoint: Path, video: Path) -> None:
    run = _run(checkpoint)
    run.detector.score_thr = 0.999
    source = FileSource(video)
    with Outputs(source) as outputs:
        run(source, outputs)
    assert run.summary().splitlines()[1] == (
        "no action reached score 0.999; --score-thr lowers the bar"
    )


def test_stops_when_the_window_is_closed(checkpoint: Path, video: Path) -> None:
    run = _run(checkpoint)

    class Three(Outputs):
        def write(self, result, events=(), status="") -> bool:
            return result.frame < 3

    source = FileSource(video)
    with Three(source) as outputs:
        run(source, outputs)
    assert run.num_results == 3
    assert run.summary().startswith("3 of 12 frames in ")


def test_an_error_leaves_the_summary(
    checkpoint: Path, video: Path, tmp_path: Path
) -> None:
    path = tmp_path / "v.mp4"
    path.write_bytes(video.read_bytes()[:-200])
    run = _run(checkpoint)
    with pytest.raises(ValueError, match="cut short"), Outputs(FileSource(path)) as o:
        run(FileSource(path), o)
    assert run.num_results > 5
    assert run.summary().startswith(f"{run.num_results} of 12 frames")
    assert _run(checkpoint).summary() == "no frame was read"


def _write(path: Path, images: list, times: Any, codec: str, pixels: str) -> None:
    """Write footage with times in milliseconds, without B-frames."""
    with av.open(str(path), "w", options=FRONT) as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.max_b_frames = 0
        for image, time in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


EVEN = [40 * k for k in range(8)]


@pytest.mark.parametrize(
    ("name", "size", "times", "codec", "pixels", "counted"),
    [
        ("odd.mkv", (47, 33), EVEN, "ffv1", "yuv444p", False),
        ("portrait.mp4", (48, 86), EVEN, "libx264", "yuv420p", True),
        ("variable rate.mp4", (64, 48), [0, 40, 80, 500, 540, 2000], *X264, True),
        ("no count.h264", (64, 48), EVEN, *X264, False),
        ("no count.ts", (64, 48), EVEN, *X264, False),
    ],
)
def test_unusual_footage(
    checkpoint: Path,
    square: Callable,
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
    times: list[int],
    codec: str,
    pixels: str,
    counted: bool,
) -> None:
    path, video, lines = (tmp_path / n for n in (name, "o.mp4", "o.jsonl"))
    images = [square(n, *size) for n in range(len(times))]
    _write(path, images, times, codec, pixels)
    with av.open(str(path)) as container:
        assert bool(container.streams.video[0].frames) == counted
    run, source = _run(checkpoint), FileSource(path)
    with Outputs(source, video, lines) as outputs:
        run(source, outputs)
    results = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [r["frame"] for r in results] == list(range(1, len(times) + 1))
    assert [round(1000 * r["time"]) for r in results] == times
    corners = [d["box"] for r in results for d in r["detections"]]
    assert corners
    assert all(0 <= x1 < x2 <= size[0] for x1, _, x2, _ in corners)
    assert all(0 <= y1 < y2 <= size[1] for _, y1, _, y2 in corners)
    with av.open(str(video)) as container:
        shown = [(f.width, f.height, round(1000 * f.time)) for f in container.decode()]
    assert shown == [(size[0] + size[0] % 2, size[1] + size[1] % 2, t) for t in times]


@pytest.mark.parametrize(
    ("name", "error", "warning"),
    [
        ("v.mp4", "only [0-9]+ frames of the 60 that its header announces", ""),
        ("v.mkv", "", "ends after 1.2 s, but its header announces 2.4 s"),
        ("v.ts", "", ""),  # it does not know how long it was
    ],
)
def test_a_file_that_is_cut_short(
    checkpoint: Path,
    square: Callable,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    error: str,
    warning: str,
) -> None:
    whole, path = tmp_path / f"whole {name}", tmp_path / name
    images = [square(n) for n in range(60)]
    _write(whole, images, [40 * k for k in range(60)], *X264)
    data = whole.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    decoded: list = []
    with av.open(str(path)) as container, suppress(av.FFmpegError):
        deque(map(decoded.append, container.decode(video=0)), maxlen=0)
    run, source = _run(checkpoint), FileSource(path)
    named = pytest.raises(ValueError, match=error) if error else nullcontext()
    with named, Outputs(source, json=tmp_path / "o.jsonl") as outputs:
        run(source, outputs)
    assert run.num_results == len(decoded) > 20  # nothing that is there was lost
    assert warning in caplog.text
    assert ("may be cut short" in caplog.text) == bool(warning)
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == run.num_results


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
    assert run.summary().startswith("4 of 12 frames in ")


def test_signals_do_not_stop_the_closing_of_files(
    checkpoint: Path, video: Path, tmp_path: Path
) -> None:
    run = _run(checkpoint)

    class Signalled(Outputs):
        def __exit__(self, *error: object) -> None:
            run.interrupt(15)
            super().__exit__(*error)

    with Signalled(FileSource(video), json=tmp_path / "o.jsonl") as outputs:
        run(FileSource(video), outputs)
    assert run.signal == 15
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 12


def test_status_line(make_result: Callable) -> None:
    result = make_result(latency=0.0804, skipped=2)
    assert status_line(result, 12.34, live=False) == "12.3 fps"
    assert status_line(result, 12.34, live=True) == (
        "12.3 fps  latency 80 ms  2 skipped"
    )
    lost = make_result(lost=7)
    assert status_line(lost, 1, live=True).endswith("0 skipped  7 lost")
