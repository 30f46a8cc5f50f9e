import re
import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="memory is measured on Unix only")
ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "benchmark_live.py"


def test_both_tables(
    live_checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    arguments = [str(TOOL), str(live_checkpoint), "--all-precisions"]
    arguments += ["--frames", "13", "--strides", "1", "3", "--size", "48", "32"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--minutes", "0.02"])
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    runpy.run_path(str(TOOL), run_name="__main__")
    out = capsys.readouterr().out
    assert "amp, channels last" in out
    (row,) = re.findall(r"fp32, contiguous *│ *([\d.]+) │ *([\d.]+)", out)
    assert all(float(cell) > 0 for cell in row)
    ((frames, memory),) = re.findall(r"0.02 min, (\d+) frames *│ *(\d+)", out)
    assert frames == "30"
    assert 100 < int(memory) < 4000
