"""The command; the trainings are played by a function that writes what they leave."""

import runpy
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from analysis.collected_runs import read_records

TOOL = Path(__file__).parents[2] / "tools/cross_validate.py"
#: frame-mAP of each config on the folds.
SCORES = {"yowo": {"ann": 0.5, "bob": 0.7}, "linknet": {"ann": 0.6, "bob": 0.9}}


class Trainings:
    """Stands for subprocess.run."""

    def __init__(self, make_run: Callable) -> None:
        self.commands: list[list[str]] = []
        self.threads: set[str] = set()
        self.fails = ""
        self._make_run = make_run

    def run(
        self, command: list[str], env: dict[str, str], stdout: object, **_: object
    ) -> subprocess.CompletedProcess:
        name = Path(command[1]).name
        self.commands.append([name, *command[2:]])
        self.threads.add(env["OMP_NUM_THREADS"])
        if name == self.fails:
            stdout.write("RuntimeError: no room\n")  # type: ignore[attr-defined]
            return subprocess.CompletedProcess(command, 1)
        place = Path(command[command.index("--work-dir") + 1])
        if name == "test.py":
            config = Path(command[2])
            score = SCORES[config.stem][place.name]
            made = self._make_run(f"{config.stem}_{place.name}", 0, score)
            for file in made.iterdir():
                file.rename(place / file.name)
            next(place.glob("*.py")).rename(place / config.name)
        return subprocess.CompletedProcess(command, 0)


@pytest.fixture
def trainings(make_run: Callable, monkeypatch: pytest.MonkeyPatch) -> Trainings:
    played = Trainings(make_run)
    monkeypatch.setattr(subprocess, "run", played.run)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    return played


@pytest.fixture
def call(
    trainings: Trainings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    tmp_path: Path,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    tool = runpy.run_path(str(TOOL))
    checkpoint = (tmp_path / "epoch_1.pth", None)
    monkeypatch.setitem(
        tool["Training"].run.__globals__, "last_intact_checkpoint", lambda _: checkpoint
    )
    for fold in SCORES["yowo"]:
        (tmp_path / "data" / fold).mkdir(parents=True)
        (tmp_path / "data" / fold / "annotations.csv").touch()
    for config in SCORES:
        (tmp_path / f"{config}.py").touch()

    def run(*arguments: object) -> tuple[int, str, str]:
        configs = [str(tmp_path / f"{name}.py") for name in SCORES]
        out = ["--out", str(tmp_path / "out")]
        command = [str(TOOL), str(tmp_path / "data"), *configs, *out]
        monkeypatch.setattr("sys.argv", [*command, *map(str, arguments)])
        status = exit_status(tool["main"])
        return status, *capsys.readouterr()

    return run


def test_each_config_is_trained_on_each_fold_and_compared_in_pairs(
    call: Callable, trainings: Trainings, tmp_path: Path
) -> None:
    status, out, _ = call("--jobs", 2, "--seed", 3, "--cfg-options", "a=1")
    assert status == 0
    trained = [c for c in trainings.commands if c[0] == "train.py"]
    assert len(trained) == 4
    for _, config, *rest in trained:
        place = Path(rest[rest.index("--work-dir") + 1])
        assert place.parts[-2:] == (Path(config).stem, place.name)
        fold = tmp_path / "data" / place.name
        assert rest[-3:] == [f"data_root={fold}", "randomness.seed=3", "a=1"]
        assert "--resume" in rest
    assert trainings.threads == {"2"}  # of four cores for two trainings
    assert "4/4: " in out
    assert "| yowo | 2 folds, seed 0 | 0.600 ± 0.141 |" in out
    # differences 0.1 and 0.2: 12.706 * 0.0707 / sqrt(2)
    assert "| +0.150 | -0.485 to +0.785 |" in out
    runs = read_records(tmp_path / "out/runs.json")
    kept = {(r.name, r.fold): r.metrics["frame-mAP@0.5"] for r in runs}
    assert kept == {(n, f): s for n, of in SCORES.items() for f, s in of.items()}


def test_what_is_finished_is_not_run_again(
    call: Callable, trainings: Trainings
) -> None:
    call("--folds", "bob")
    assert len(trainings.commands) == 4
    trainings.commands.clear()
    status, out, _ = call()
    assert status == 0
    assert "done before" in out
    folds = [c[c.index("--work-dir") + 1] for c in trainings.commands]
    assert {Path(fold).name for fold in folds} == {"ann"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (["--seed", 1], "--cfg-options or --seed"),
        (["--cfg-options", "a=1"], "--cfg-options or --seed"),
        ("config", "optim_wrapper"),
        ("data", "annotations.csv"),
    ],
)
def test_other_settings_do_not_pass_for_what_is_finished(
    change: list | str,
    named: str,
    call: Callable,
    trainings: Trainings,
    tmp_path: Path,
) -> None:
    (tmp_path / "yowo.py").write_text("optim_wrapper = dict(lr=0.1)\n")
    assert call("--folds", "bob")[0] == 0
    trainings.commands.clear()
    if change == "config":
        (tmp_path / "yowo.py").write_text("optim_wrapper = dict(lr=0.2)\n")
    elif change == "data":
        (tmp_path / "data/bob/annotations.csv").write_text("changed")
    status, _, err = call("--folds", "bob", *(change if named[0] == "-" else ()))
    assert status == 1
    folder = tmp_path / "out/yowo/bob"
    assert f"{folder} was trained with another {named}: name another --out" in err
    assert trainings.commands == []


def test_the_base_is_chosen(
    call: Callable, trainings: Trainings, capsys: pytest.CaptureFixture
) -> None:
    status, out, _ = call("--base", "linknet")
    assert status == 0
    assert out.index("| linknet |") < out.index("| yowo |")
    assert "| -0.150 | -0.785 to +0.485 |" in out
    status, _, err = call("--base", "other")
    assert status == 2
    assert "--base other is none of yowo, linknet" in err


def test_mistakes(call: Callable, trainings: Trainings, tmp_path: Path) -> None:
    status, _, err = call("--folds", "eve")
    assert status == 1
    assert "no fold eve in" in err
    assert "there are: ann, bob" in err.replace("\n", " ")
    trainings.fails = "train.py"
    status, _, err = call()
    assert status == 1
    assert "train.py failed, see" in err
    assert not list((tmp_path / "out").glob("runs.json"))
    for fold in SCORES["yowo"]:
        (tmp_path / "data" / fold / "annotations.csv").unlink()
    status, _, err = call()
    assert status == 1
    assert "no FOLD/annotations.csv in" in err


def test_two_configs_of_one_name_are_refused(
    call: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/yowo.py").touch()
    plan = runpy.run_path(str(TOOL))
    names = [tmp_path / "yowo.py", tmp_path / "other/yowo.py"]
    monkeypatch.setattr(
        "sys.argv", [str(TOOL), str(tmp_path / "data"), *map(str, names)]
    )
    with pytest.raises(ValueError, match="several configs are called yowo"):
        plan["plan"](plan["parse_args"]())
