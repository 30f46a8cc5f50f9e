"""Most tests run the tool in this process: a process of its own starts slowly."""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from fixtures.json_lines import json_lines
from fixtures.tool_server import ToolServer

from stal_plugin.annotations import read_predictions
from stal_plugin.video import probe_video

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "predict.py"
NAMES = ("o.mp4", "o.jsonl", "o.csv", "e.jsonl")
#: The server sends 31 frames, then nothing more.
STALLED = r'"frame": (2[5-9]|3[01]),'
OUTPUTS = ("--out", "o.mp4", "--json", "o.jsonl", "--csv", "o.csv")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_all_outputs(
    predict: Callable,
    live_checkpoint: Path,
    footage: Callable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    footage(tmp_path / "v.mp4", 20)
    extra = ("--events", "e.jsonl", "--score-thr", 0.25, "--stride", 2)
    assert predict("v.mp4", live_checkpoint, *OUTPUTS, *extra) == 0
    out, err = capsys.readouterr()
    first, *files = out.splitlines()
    assert first.startswith("20 of 20 frames in ")
    assert files == list(NAMES)
    assert "20/20" in err
    probe = probe_video(tmp_path / "o.mp4")
    assert (probe.num_frames, probe.fps) == (20, pytest.approx(25.0))
    lines = json_lines(tmp_path / "o.jsonl")
    assert [line["frame"] for line in lines] == list(range(1, 21))
    table = read_predictions(tmp_path / "o.csv")
    assert len(table) == sum(len(line["detections"]) for line in lines) > 0
    assert {e["event"] for e in json_lines(tmp_path / "e.jsonl")} == {"start", "end"}


def test_a_truncated_file_keeps_what_was_found(
    predict: Callable,
    live_checkpoint: Path,
    footage: Callable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    path = footage(tmp_path / "v.mp4", 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert predict("v.mp4", live_checkpoint, *OUTPUTS) == 1
    err = capsys.readouterr().err
    count = len(json_lines(tmp_path / "o.jsonl"))
    assert 10 < count < 40
    assert f"Error: v.mp4 is damaged or cut short: only {count} frames of the 40" in err
    assert probe_video(tmp_path / "o.mp4").num_frames == count


def test_missing_files_are_told_before_torch_is_loaded(
    predict: Callable,
    live_checkpoint: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("action_detector", "action_events"):
        monkeypatch.setitem(sys.modules, f"stal_plugin.apis.{module}", None)
    assert predict("no.mp4", live_checkpoint) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: 'no.mp4' does not exist. Allowed are")
    assert predict("no.mp4", "no.pth") == 1
    err = capsys.readouterr().err
    assert err.strip() == "Error: checkpoint 'no.pth' does not exist"
    assert predict("no.mp4", "no.onnx") == 1
    assert "Error: checkpoint 'no.onnx' does not exist" in capsys.readouterr().err
    assert predict("no.mp4", live_checkpoint, "--config", "no.py") == 1
    assert "Error: config 'no.py' does not exist" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_within_a_file(
    live_checkpoint: Path,
    footage: Callable,
    tmp_path: Path,
    tool_server: ToolServer,
    number: int,
) -> None:
    footage(tmp_path / "v.mp4", 2000)
    for name in NAMES[:3]:
        (tmp_path / name).write_text("mine")
    options = ("--overwrite", "--precision", "fp32")
    process = tool_server.start(
        [TOOL, "v.mp4", live_checkpoint, *OUTPUTS, *options], tmp_path
    )
    part = tmp_path / "o.jsonl.part"
    while not part.exists() or part.read_text().count("\n") <= 5:
        assert _is_running(process), tool_server.wait()
        time.sleep(0.05)
    os.kill(process, number)
    done = tool_server.wait()
    if number == signal.SIGKILL:
        assert [(tmp_path / name).read_text() for name in NAMES[:3]] == ["mine"] * 3
        return
    assert done.returncode == 128 + number, done.stderr
    assert "Traceback" not in done.stderr
    assert "Interrupted." in done.stderr
    count = probe_video(tmp_path / "o.mp4").num_frames
    assert 5 < count < 2000
    assert len(json_lines(tmp_path / "o.jsonl")) == count
    out = done.stdout
    assert out.startswith(f"{count} of 2000 frames in ")
    assert out.splitlines()[1:] == list(NAMES[:3])
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_ctrl_c_while_a_stream_says_nothing(
    predict: Callable,
    live_checkpoint: Path,
    live_parts: dict,
    footage: Callable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    """A live run ends well whenever it is interrupted, also while it waits."""
    live_parts["write_mpegts"](tmp_path / "v.ts")
    command = [sys.executable, str(live_parts["SERVERS"] / "http_video.py")]
    server = live_parts["Server"]([*command, str(tmp_path)])
    json_path = tmp_path / "o.jsonl"

    def interrupt() -> None:
        while not (json_path.exists() and re.search(STALLED, json_path.read_text())):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}/stall/v.ts"
        assert predict(url, live_checkpoint, *OUTPUTS, "--timeout", 300) == 130
    finally:
        server.kill()
    thread.join(10)
    out, err = capsys.readouterr()
    assert err.count("Interrupted.") == 1
    assert out.splitlines()[1:] == list(NAMES[:3])
    lines = json_lines(json_path)
    assert lines[-1]["frame"] >= 25
    with av.open(str(tmp_path / "o.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times[-1] == pytest.approx(lines[-1]["time"], abs=2e-3)


def test_nothing_that_is_read_is_written(
    predict: Callable, footage: Callable, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    footage(tmp_path / "v.mp4", 2)
    before = (tmp_path / "v.mp4").read_bytes()
    os.link(tmp_path / "v.mp4", tmp_path / "hard.mp4")
    (tmp_path / "m.pth").write_bytes(b"weights")
    for arguments, text in (
        (("--out", "v.mp4"), "v.mp4 would replace v.mp4, which this command reads"),
        (("--json", "hard.mp4", "--overwrite"), "hard.mp4 would replace hard.mp4"),
        (("--csv", "./m.pth", "--overwrite"), "m.pth would replace m.pth, which"),
        (("--json", "x", "--events", "./x"), "x is named for two outputs"),
    ):
        assert predict("v.mp4", "m.pth", *arguments) == 1
        err = capsys.readouterr().err
        assert err.startswith(f"Error: {text}")
        assert err.count("\n") == 1
    assert (tmp_path / "v.mp4").read_bytes() == before
    assert (tmp_path / "m.pth").read_bytes() == b"weights"


def test_earlier_results_stay_unless_told_otherwise(
    predict: Callable,
    live_checkpoint: Path,
    footage: Callable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    footage(tmp_path / "v.mp4", 3)
    path = tmp_path / "o.jsonl"
    path.write_text("mine")
    assert predict("v.mp4", live_checkpoint, "--json", path) == 1
    err = capsys.readouterr().err
    assert "o.jsonl is there already: choose another name, or replace it with" in err
    assert path.read_text() == "mine"
    assert predict("v.mp4", live_checkpoint, "--json", path, "--append") == 1
    assert "v.mp4 is not live, nothing can be appended" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert predict("v.mp4", live_checkpoint, "--json", path, "--overwrite") == 0
    assert len(json_lines(path)) == 3


def test_a_full_disk_is_one_line(
    live_checkpoint: Path, footage: Callable, tmp_path: Path, tool_server: ToolServer
) -> None:
    footage(tmp_path / "v.mp4", 40)
    (tmp_path / "o.jsonl").write_text("mine")
    code = (
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    arguments = ("v.mp4", str(live_checkpoint), "--json", "o.jsonl", "--overwrite")
    words = ["-c", code, TOOL, *arguments, "--precision", "fp32"]
    done = tool_server.run(words, tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Error: o.jsonl: File too large; the lines before are in" in done.stderr
    assert (tmp_path / "o.jsonl").read_text() == "mine"
    assert json_lines(tmp_path / "o.jsonl.part")[0]["frame"] == 1  # whole lines only


def test_without_a_frame_the_status_is_not_0(
    predict: Callable,
    live_checkpoint: Path,
    footage: Callable,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    footage(tmp_path / "v.mp4", 2)
    reader = "stal_plugin.video.sequential_reader.SequentialReader.__iter__"
    monkeypatch.setattr(reader, lambda _: iter(()))
    assert predict("v.mp4", live_checkpoint, *OUTPUTS) == 1
    assert "Error: v.mp4 gave no frame" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["v.mp4"]
