import json
import subprocess
import sys
from pathlib import Path

import cv2

TOOL = Path(__file__).parents[2] / "tools" / "plot_curves.py"


def _run(*args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(TOOL), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_curve(tmp_path: Path) -> None:
    path = tmp_path / "20260101_000000" / "vis_data" / "scalars.json"
    path.parent.mkdir(parents=True)
    records = [
        {"loss": 2.0, "epoch": 1, "iter": 10, "step": 10},
        {"frame-mAP@0.5": 0.4, "step": 1},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    done = _run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "training_curve.png")
    assert cv2.imread(done.stdout.strip()).shape == (720, 840, 3)


def test_no_log(tmp_path: Path) -> None:
    done = _run(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: no training log below {tmp_path}")
