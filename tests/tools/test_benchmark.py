import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixtures.tool_server import ToolServer
from mmengine.config import Config

pytest.importorskip("resource", reason="memory is measured on Unix only")
ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "benchmark.py"


@pytest.fixture
def config(live_parts: dict, tmp_path: Path) -> Path:
    settings = live_parts["tiny_settings"]()
    # the annotation whose boxes its loss counts is not there
    del settings["model"]["bbox_head"]["loss_cls"]["samples_per_class"]
    settings["model"]["bbox_head"]["loss_cls"]["beta"] = 0.0
    Config(settings).dump(tmp_path / "config.py")
    return tmp_path / "config.py"


@pytest.fixture
def benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Return a function that runs the tool in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
        try:
            runpy.run_path(str(TOOL), run_name="__main__")
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


@pytest.fixture
def own_process(tool_server: ToolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tool's other process come from a server that has loaded torch."""

    run_alone = subprocess.run

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess:
        if command[:2] != [sys.executable, str(TOOL)]:
            return run_alone(command, **options)
        return tool_server.run(command[1:], Path.cwd())

    monkeypatch.setattr(subprocess, "run", run)


def test_checkpoints_strides_and_formats(
    benchmark: Callable,
    own_process: None,
    config: Path,
    live_checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    options = ("--frames", 14, "--size", 48, 32, "--strides", 1, 3, "--all-precisions")
    options += ("--minutes", 0.02, "--device", "cpu", "--json", "b.json")
    assert benchmark(config, live_checkpoint, *options) == 0
    out = capsys.readouterr().out
    report = json.loads((tmp_path / "b.json").read_text())
    names = [run["name"] for run in report["runs"]]
    assert names[:2] == [f"tiny.pth, fp32, contiguous, stride {n}" for n in (1, 3)]
    assert len(names) == 8
    for run in report["runs"]:
        assert run["frames"] == 6  # the first 8 warm up
        assert sum(run["shares"].values()) == pytest.approx(1)
        assert min(run["shares"][s] for s in ("decode", "forward", "draw")) > 0
        times = run["latency_ms"]
        assert 0 < times["p50"] <= times["p90"] <= times["p99"]
        assert run["frames_per_second"] * run["ms_per_frame"] == pytest.approx(1000)
        assert f"| {run['name']} |" in out
    (memory,) = report["memory"]
    assert (memory["minutes"], memory["frames"]) == (0.02, 30)
    assert 100 < memory["resident_mib"] < 4000
    assert report["clip (T x H x W)"] == "4 x 64 x 64"
    assert report["multiply-adds per clip (G)"] > 0


def test_random_weights_and_no_memory(
    benchmark: Callable, config: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ("--frames", 9, "--size", 48, 32, "--minutes", "--device", "cpu")
    assert benchmark(config, *options, "--cpu-time") == 0
    out = capsys.readouterr().out
    assert "CPU time on cpu, 1 frames each" in out
    assert "| random weights, fp32, stride 1 |" in out
    assert "peak memory" not in out


def test_a_video_that_is_too_short(
    benchmark: Callable, config: Path, capsys: pytest.CaptureFixture
) -> None:
    options = ("--frames", 4, "--size", 48, 32, "--device", "cpu")
    assert benchmark(config, *options) == 1
    assert "has 4 frames, but the first 8 do not" in capsys.readouterr().err
