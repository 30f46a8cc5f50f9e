import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner

from stal_plugin.engine.checkpoints.inference_config import read_inference_config
from stal_plugin.registry import MODELS

TOOL = Path(__file__).parents[2] / "tools" / "new_config.py"


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["new_config.py", *map(str, arguments)])
        return exit_status(main), *capsys.readouterr()

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


_ONE_EPOCH = (
    *("--cfg-options", "train_cfg.max_epochs=1", "train_cfg.val_interval=1"),
    *("train_dataloader.num_workers=0", "train_dataloader.persistent_workers=False"),
    *("val_dataloader.num_workers=0", "val_dataloader.persistent_workers=False"),
)


def test_it_trains_and_fine_tunes_with_the_tool(
    run: Callable, folder: Path, run_tool: Callable
) -> None:
    assert run(folder, "--model", "mini", "--size", 64, "--batch-size", 8)[0] == 0
    done = run_tool(
        *("train.py", folder / "config.py", "--work-dir", folder / "work"),
        *_ONE_EPOCH,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "frame-mAP@0.5" in done.stdout + done.stderr
    saved = torch.load(folder / "work/epoch_1.pth", weights_only=True)
    _check_that_it_describes_itself(saved, Config.fromfile(folder / "config.py"))

    # other classes: "jump" is number 1 now, "wave hand" is gone, two are new
    path = folder / "annotations.json"
    text = path.read_text().replace('"wave hand", "jump"', '"jump", "sit", "fly"')
    path.write_text(text)
    assert run(folder, "--model", "mini", "--size", 64, "--force")[0] == 0
    done = run_tool(
        *("train.py", folder / "config.py", "--work-dir", folder / "tuned"),
        *("--load-from", folder / "work/epoch_1.pth", *_ONE_EPOCH),
        # so that the start is what is saved
        *("optim_wrapper.optimizer.lr=0.0", "param_scheduler=None"),
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout + done.stderr
    assert "classes kept by name: jump; anew: sit, fly; left out: wave hand" in said
    tuned = torch.load(folder / "tuned/epoch_1.pth", weights_only=True)["state_dict"]
    boxes = "bbox_head.conv_pred.weight"
    assert torch.equal(tuned[boxes], saved["state_dict"][boxes])
    layer = "bbox_head.class_head.fc_cls.weight"
    old, new = saved["state_dict"][layer], tuned[layer]
    assert torch.equal(new[0], old[1])  # jump
    for other in (0, 1):
        assert not torch.isclose(new[1:], old[other]).any(1).all()
    stem = next(name for name in tuned if name.endswith("conv.weight"))
    assert torch.equal(tuned[stem], saved["state_dict"][stem])


_BASE_SIZES = [[(16.0, 16.0), (32.0, 32.0)]]  # of the boxes, at 64x64 pixels


def _check_that_it_describes_itself(checkpoint: dict, cfg: Config) -> None:
    """Classes, anchors, thresholds, preprocessing and fps, without any other file."""
    found = read_inference_config(checkpoint, "epoch_1.pth")
    assert found.classes == ("wave hand", "jump")
    assert found.fps == 25.0
    assert not found.multilabel
    anchors = MODELS.build(found.model).bbox_head.prior_generator.base_sizes
    assert anchors == [[tuple(size) for size in a] for a in _BASE_SIZES]
    assert found.model["test_cfg"] == cfg.model.test_cfg
    assert found.model["test_cfg"]["score_thr"] == 0.005
    assert found.model["test_cfg"]["nms"]["iou_threshold"] == 0.4
    clip, resize = found.pipeline[0], found.pipeline[3]
    assert (clip["clip_len"], clip["frame_interval"]) == (8, 2)
    assert resize["scale"] == (64, 64)
    norm = found.model["data_preprocessor"]
    assert norm == cfg.model.data_preprocessor
    assert {"mean", "std"} <= set(norm)


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
    assert (
        "is there already: choose another name, or replace it with --overwrite" in err
    )
    assert (
        "--size is 50, must be a multiple of 32"
        in run(folder, "--size", 50, "--force")[2]
    )
    assert (folder / "config.py").read_text() == "mine = 1"
    assert "is missing" in run(tmp_path / "none")[2]


def test_actor_config_names_the_pretrained_weights(
    run: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def pretrained(name: str, weights: str | None, say: Callable) -> Path:
        asked.append((name, weights))
        return Path("cache/kinetics600-x.pth")

    monkeypatch.setattr("stal_plugin.engine.pretrained.pretrained", pretrained)
    code, out, err = run(folder, "--model", "actor", "--weights", "mine")
    assert (code, err) == (0, "")
    assert asked == [("kinetics600", "mine")]
    assert "2 classes; the clip network sees every 2. frame" in out
    cfg = Config.fromfile(folder / "config.py")
    assert cfg.weights == "cache/kinetics600-x.pth"
    assert cfg.model.head.num_classes == 2
    assert cfg.train_dataloader.dataset.dataset.data_root == folder.as_posix()
    code, _, err = run(folder, "--model", "actor", "--overwrite", "--balance")
    assert code == 1
    assert "--model actor has no --size and no --balance" in err
