"""The tool runs in this process: a process of its own starts slowly."""

import json
import os
import runpy
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from stal_plugin.video import write_video

TOOL = Path(__file__).parents[2] / "tools" / "live.py"
TOKEN = "0123456789abcdef-X"


@pytest.fixture
def live(
    tmp_path: Path,
    live_frame: Callable,
    monkeypatch: pytest.MonkeyPatch,
    exit_status: Callable,
) -> Iterator[Callable]:
    """Return a function that runs the tool beside v.mp4 and returns its exit status."""
    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    # a program that was started in the background is deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STAL_TOKEN", raising=False)
    write_video(tmp_path / "v.mp4", (live_frame(n) for n in range(50)), 25)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
        return exit_status(lambda: runpy.run_path(str(TOOL), run_name="__main__"))

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


port = pytest.fixture(_free_port, name="port")
other_port = pytest.fixture(_free_port, name="other_port")


def _interrupt_when(port: int, seen: dict, number: int, ready: Callable) -> Any:
    """Send a signal to this process when the page is in a state."""

    def watch() -> None:
        headers = {"authorization": f"Bearer {TOKEN}"}
        request = Request(f"http://127.0.0.1:{port}/state", headers=headers)
        while not (seen and ready(seen)):
            with suppress(OSError), urlopen(request, timeout=30) as answer:
                seen.update(json.load(answer))
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def _frames(state: dict) -> list[int]:
    return [stream["frame"] for stream in state["streams"]]


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_streams_run(
    live: Callable,
    live_frame: Callable,
    live_checkpoint: Path,
    port: int,
    other_port: int,
    number: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    pytest.importorskip("prometheus_client")
    frames = [live_frame(n) for n in range(5)] * 200  # forty seconds, at its own pace
    write_video(tmp_path / "v.mp4", frames, 25)
    state: dict = {}
    numbers: list[str] = []

    def ready(seen: dict) -> bool:
        with urlopen(f"http://127.0.0.1:{other_port}/metrics", timeout=30) as answer:
            numbers[:] = answer.read().decode().splitlines()
        return min(_frames(seen)) > 3

    thread = _interrupt_when(port, state, number, ready)
    options = ("--port", port, "--token", TOKEN, "--precision", "fp32")
    options += ("--metrics", other_port)
    assert live("v.mp4", "yard=v.mp4", live_checkpoint, *options) == 128 + number
    thread.join()
    assert [s["name"] for s in state["streams"]] == ["v", "yard"]
    assert [s["state"] for s in state["streams"]] == ["running"] * 2
    assert {'stal_stream_up{stream="v"} 1.0', 'stal_stream_up{stream="yard"} 1.0'} <= (
        set(numbers)
    )
    out, err = capsys.readouterr()
    told = f"http://127.0.0.1:{port}/?token={TOKEN}  (Ctrl-C ends it)\n"
    assert out == told  # once
    assert TOKEN not in err
    assert "Traceback" not in err
    assert err.strip() == {2: "Interrupted.", 15: "Terminated."}[int(number)]


def test_no_stream_is_left(
    live: Callable,
    live_checkpoint: Path,
    tmp_path: Path,
    port: int,
    capsys: pytest.CaptureFixture,
) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    data = (tmp_path / "v.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 4])
    options = ("--port", port, "--precision", "fp32")
    assert live("cut.mp4", "no.mp4", live_checkpoint, *options) == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith("Error: 'no.mp4' does not exist")
    assert errors[1].startswith("Error: cut.mp4 is damaged or cut short: only ")
    assert len(errors) == 2


def test_mistakes_are_one_line(
    live: Callable, live_checkpoint: Path, capsys: pytest.CaptureFixture
) -> None:
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        for arguments, reason in (
            (
                ("v.mp4", live_checkpoint, "--port", busy),
                f"port {busy} of 127.0.0.1 is",
            ),
            (("v.mp4", "no.pth", "--port", 0), "checkpoint 'no.pth' does not exist"),
            (("v.mp4", "v.mp4", live_checkpoint), "two sources have the name 'v': "),
            (("v.mp4", live_checkpoint, "--token", "x"), "a token must have 16 to 256"),
            (
                ("v.mp4", live_checkpoint, "--port", 0, "--score-floor", 0.5),
                "score_thr=0.3 must be from score_floor=0.5 to 1",
            ),
        ):
            fast = () if "no.pth" in arguments else ("--precision", "fp32")
            assert live(*arguments, *fast) == 1
            err = capsys.readouterr().err
            assert err.startswith(f"Error: {reason}"), err
            assert err.count("\n") == 1


def test_a_missing_package_is_one_line(
    live: Callable,
    live_checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert live("v.mp4", live_checkpoint) == 1
    assert capsys.readouterr().err == (
        "Error: the live page needs the package fastapi: pip install -e .[live]\n"
    )


def test_sources_and_checkpoint_are_told_apart(
    live: Callable, capsys: pytest.CaptureFixture
) -> None:
    assert live("v.mp4") == 2
    assert "give a source and a checkpoint, or" in capsys.readouterr().err
    assert live("v.mp4", "--model", "kinetics600", "--config", "c.py") == 2
    assert "--model has a config of its own" in capsys.readouterr().err


def test_missing_files_are_told_at_once(
    live: Callable,
    live_checkpoint: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "stal_plugin.apis.action_detector", None)
    for words, text in (
        (("v.mp4", "no.pth"), "checkpoint 'no.pth' does not exist"),
        (("no.mp4", live_checkpoint), "'no.mp4' does not exist. Allowed are"),
    ):
        assert live(*words) == 1
        assert capsys.readouterr().err.startswith(f"Error: {text}")
