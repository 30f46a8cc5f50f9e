import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from stal_plugin.registry import MODELS

TOOL = Path(__file__).parents[2] / "tools" / "new_config.py"


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["new_config.py", *map(str, arguments)])
        return main(), *capsys.readouterr()

    return call


@pytest.fixture
def folder(own_data: Path, tmp_path: Path) -> Path:
    return shutil.copytree(own_data.parent, tmp_path / "mine")


def test_config_builds_and_makes_a_step(run: Callable, folder: Path) -> None:
    code, out, err = run(folder, "--model", "mini", "--size", 64, "--batch-size", 2)
    assert (code, err) == (0, "")
    assert "2 classes, training frames [10, 6]" in out
    assert "clips of 8 frames, every 2. frame; batch size 2" in out
    cfg = Config.fromfile(folder / "config.py")
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    data = next(iter(Runner.build_dataloader(cfg.train_dataloader, seed=0)))
    assert data["inputs"][0].shape[-3:] == (8, 64, 64)
    before = [p.detach().clone() for p in model.parameters()]
    log = model.train_step(data, wrapper)
    assert all(torch.isfinite(value).all() for value in log.values())
    moved = [
        not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)
    ]
    assert sum(moved) > len(moved) / 2
    batch = next(iter(Runner.build_dataloader(cfg.val_dataloader, seed=0)))
    (sample, _) = model.eval().test_step(batch)
    assert sample.pred_instances.bboxes.shape[1] == 4


def test_it_trains_with_the_tool(
    run: Callable, folder: Path, run_tool: Callable
) -> None:
    assert run(folder, "--model", "mini", "--size", 64, "--batch-size", 8)[0] == 0
    done = run_tool(
        *("train.py", folder / "config.py", "--work-dir", folder / "work"),
        *("--cfg-options", "train_cfg.max_epochs=1", "train_cfg.val_interval=1"),
        *(
            "train_dataloader.num_workers=0",
            "train_dataloader.persistent_workers=False",
        ),
        *("val_dataloader.num_workers=0", "val_dataloader.persistent_workers=False"),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (folder / "work/epoch_1.pth").is_file()
    assert "frame-mAP@0.5" in done.stdout + done.stderr


def test_batch_size_is_measured(run: Callable, folder: Path) -> None:
    code, out, _ = run(folder, "--model", "mini", "--size", 64)
    assert code == 0
    # the machine's memory holds the 8 small clips that are the most on a CPU
    assert "batch size 8" in out or torch.cuda.is_available()
    assert sorted(p.name for p in folder.glob("*.py")) == ["config.py"]


def test_faults_are_one_line(run: Callable, folder: Path, tmp_path: Path) -> None:
    (folder / "config.py").write_text("mine = 1")
    code, _, err = run(folder)
    assert code == 1
    assert "is there already; --force overwrites it" in err
    assert (
        "--size is 50, must be a multiple of 32"
        in run(folder, "--size", 50, "--force")[2]
    )
    assert (folder / "config.py").read_text() == "mine = 1"
    assert "is missing" in run(tmp_path / "none")[2]
