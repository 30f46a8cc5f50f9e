"""The command; the trainings are played by a function that writes scores."""

import json
import runpy
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from stal_plugin.annotations import read_annotation

TOOL = Path(__file__).parents[2] / "tools/learning_curve.py"


class Trainings:
    """Stands for subprocess.run: tests give the share of the seed and the clips."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.fails = ""

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess:
        name = Path(command[1]).name
        self.commands.append([name, *command[2:]])
        if name == self.fails:
            _["stdout"].write("Traceback\nRuntimeError: no room\n\n")  # type: ignore
            return subprocess.CompletedProcess(command, 1)
        place = (
            Path(command[command.index("--work-dir") + 1])
            if "--work-dir" in (command)
            else Path()
        )
        if name == "train.py":
            place.mkdir(parents=True, exist_ok=True)
            torch.save({"state_dict": {}}, place / "epoch_2.pth")
        if name == "test.py":
            seed = int(command[-1].split("=")[1])
            score = 0.5 + seed / 10
            names = ("frame-mAP@0.5", "localization_recall", "classification_accuracy")
            metrics = {"metrics": dict.fromkeys(names, score)}
            (place / "metrics.json").write_text(json.dumps(metrics))
        return subprocess.CompletedProcess(command, 0)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trainings:
    played = Trainings()
    monkeypatch.setattr(subprocess, "run", played.run)
    monkeypatch.setenv("COLUMNS", "120")
    return played


@pytest.fixture
def curve(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    own_data: Path,
    tmp_path: Path,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    tool = runpy.run_path(str(TOOL))

    def call(*arguments: object) -> tuple[int, str, str]:
        out = ["--out", str(tmp_path / "curve")]
        command = [str(TOOL), str(own_data.parent), *map(str, arguments), *out]
        monkeypatch.setattr("sys.argv", command)
        status = exit_status(tool["main"])
        return status, *capsys.readouterr()

    return call


def test_each_number_and_seed_is_trained_and_tested_once(
    curve: Callable, trainings: Trainings, own_data: Path, tmp_path: Path
) -> None:
    status, out, _ = curve("--clips", 2, 1, "--seeds", 0, 3, "--model", "mini")
    assert status == 0
    names = [name for name, *_ in trainings.commands]
    assert names == ["new_config.py", "train.py", "test.py"] * 4
    assert "0.650 ± 0.212" in out
    points = json.loads((tmp_path / "curve/learning_curve.json").read_text())
    assert [(p["clips"], p["seed"]) for p in points] == [(1, 0), (1, 3), (2, 0), (2, 3)]
    assert [p["scores"]["frame-mAP@0.5"] for p in points] == [0.5, 0.8, 0.5, 0.8]
    assert (tmp_path / "curve/learning_curve.png").stat().st_size > 5000
    few = read_annotation(tmp_path / "curve/1-clips-seed-0/annotations.csv")
    video = tmp_path / "curve/1-clips-seed-0" / few.videos["a"].file
    assert video.resolve() == (own_data.parent / "a.mp4").resolve()
    assert Path(trainings.commands[2][2]).name == "epoch_2.pth"
    train = trainings.commands[1]
    assert train[-3:] == ["auto", "--cfg-options", "randomness.seed=0"]
    # again, with a seed more: what is there stays
    trainings.commands.clear()
    curve("--clips", 1, 2, "--seeds", 0, 3, 4, "--model", "mini")
    assert len(trainings.commands) == 2 * 3


def test_a_failure_is_named_with_its_log(
    curve: Callable, trainings: Trainings, tmp_path: Path
) -> None:
    trainings.fails = "train.py"
    status, _, err = curve("--clips", 1, "--seeds", 0)
    assert status == 1
    assert "train.py failed, see" in err
    assert "log.txt: RuntimeError: no room" in err.replace("\n", " ")
    assert not (tmp_path / "curve/learning_curve.json").exists()
