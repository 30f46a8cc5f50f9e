import json
import runpy
import sys
from pathlib import Path

import cv2
import pytest

TOOL = Path(__file__).parents[2] / "tools" / "plot_curves.py"


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name="__main__")


def test_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "20260101_000000" / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    records = [
        {"loss": 2.0, "epoch": 1, "iter": 10, "step": 10},
        {"frame-mAP@0.5": 0.4, "step": 1},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    _run(monkeypatch, tmp_path)
    written = capsys.readouterr().out.strip()
    assert written == str(tmp_path / "training_curve.png")
    assert cv2.imread(written).shape == (720, 840, 3)
    _run(monkeypatch, tmp_path)  # again, in the run's own folder
    other = tmp_path / "other" / "c.png"
    other.parent.mkdir()
    other.write_text("mine")
    with pytest.raises(SystemExit):
        _run(monkeypatch, tmp_path, "--out", other)
    assert "c.png is there already" in capsys.readouterr().err
    assert other.read_text() == "mine"
    _run(monkeypatch, tmp_path, "--out", other, "--overwrite")
    assert cv2.imread(str(other)) is not None


def test_no_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="1"):
        _run(monkeypatch, tmp_path)
    error = capsys.readouterr().err
    assert error.startswith(f"Error: no training log below {tmp_path}")
