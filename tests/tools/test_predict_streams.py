"""Several sources on one command line, in one process or in two."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.json_lines import json_lines

from stal_plugin.video import probe_video

FAST = ("--precision", "fp32")


@pytest.fixture
def videos(footage: Callable, tmp_path: Path) -> dict[str, int]:
    """Names of videos in the folder, and their frames."""
    counts = {"a.mp4": 6, "b.mp4": 4}
    for name, count in counts.items():
        footage(tmp_path / name, count)
    return counts


def test_every_stream_has_its_files(
    predict: Callable,
    live_checkpoint: Path,
    videos: dict,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    outputs = ("--json", "o/{name}.jsonl", "--out", "o/{name}.mp4")
    words = ("a.mp4", "--stride", 2, "second=b.mp4", "gone.mp4", live_checkpoint)
    assert predict(*words, *outputs, *FAST) == 1
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].startswith("a: 6 of 6 frames in ")
    assert lines[1].startswith("second: 4 of 4 frames in ")
    assert lines[2] == "gone: no frame was read; failed"
    assert lines[3].startswith("all together: 10 frames in ")
    names = ["o/a.mp4", "o/a.jsonl", "o/second.mp4", "o/second.jsonl"]
    assert lines[4:] == names
    assert "Error: gone: 'gone.mp4' does not exist" in err
    for name, count in (("a", 6), ("second", 4)):
        assert [line["frame"] for line in json_lines(tmp_path / f"o/{name}.jsonl")] == [
            *range(1, count + 1)
        ]
        assert probe_video(tmp_path / f"o/{name}.mp4").num_frames == count


def test_mistakes_are_one_line(
    predict: Callable, videos: dict, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "m.pth").write_bytes(b"weights")
    for words, text in (
        (("--json", "o.jsonl"), "--json o.jsonl is one file for 2 sources: write {n"),
        (("--out", "{name}.mp4"), "a.mp4 would replace a.mp4, which this command"),
        (("--json", "{name}", "--events", "{name}"), "a is named for two outputs"),
        (("--shard", "2/2"), "'2/2' is no part"),
    ):
        assert predict("a.mp4", "b.mp4", "m.pth", *words) == 1
        err = capsys.readouterr().err
        assert err.startswith(f"Error: {text}")
        assert err.count("\n") == 1
    assert predict("a.mp4", "x/a.mp4", "m.pth") == 1
    assert "two sources have the name 'a'" in capsys.readouterr().err
    assert predict("a.mp4", "b.mp4", "m.pth", "--show") == 2
    assert "--show is for one source" in capsys.readouterr().err
    assert predict("a.mp4", "b.mp4", "m.pth", "--shard", "2/3") == 0
    assert "process 2 of 3: no source is left" in capsys.readouterr().out


def test_a_process_takes_its_part(
    predict: Callable, live_checkpoint: Path, videos: dict, tmp_path: Path
) -> None:
    words = ("gone.mp4", "a.mp4", live_checkpoint, "--json", "{name}.jsonl", *FAST)
    assert predict(*words, "--shard", "1/2") == 0  # the other process will fail
    assert [path.name for path in tmp_path.glob("*.jsonl*")] == ["a.jsonl"]


def test_one_that_is_not_there_yet_does_not_stop_the_others(
    predict: Callable, live_checkpoint: Path, videos: dict, tmp_path: Path, capsys: Any
) -> None:
    words = ("a.mp4", "cam=rtsp://me:secret@127.0.0.1:1/x", live_checkpoint, *FAST)
    assert predict(*words, "--json", "{name}.jsonl", "--retry", 0.2) == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith("a: 6 of 6 frames in ")
    assert "Error: cam: rtsp://me:***@127.0.0.1:1/x cannot be opened: " in err


def test_a_single_stream_is_waited_for_until_ctrl_c(
    predict: Callable,
    live_checkpoint: Path,
    capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def again(self: Any, error: str, backoff: Any) -> bool:
        tried.append(error)
        if len(tried) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return len(tried) < 1000  # should signals be ignored here

    monkeypatch.setattr("stal_plugin.apis.sources.Waiting.again", again)
    assert predict("rtsp://127.0.0.1:1/x", live_checkpoint, *FAST) == 130
    assert len(tried) == 3
    assert capsys.readouterr().err == "\nInterrupted.\n"
