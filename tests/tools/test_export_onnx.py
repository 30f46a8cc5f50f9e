"""The tools run in this process: a process of its own starts slowly."""

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from mmengine.config import Config

from stal_plugin.annotations import read_predictions
from stal_plugin.apis import ActionDetector
from stal_plugin.apis.exported import OnnxModel
from stal_plugin.apis.exported.map_cost import frame_map
from stal_plugin.evaluation.last_test import predictions_of
from stal_plugin.video import write_video

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Return a function that runs a tool in an empty folder, and its exit status."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def start(tool: str, *arguments: object) -> int:
        path = str(ROOT / "tools" / tool)
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return start


@pytest.fixture
def config(live_parts: dict, own_data: Path, tmp_path: Path) -> Path:
    """Config of the tiny network with data, in a file."""
    settings = live_parts["tiny_settings"]()
    pipeline = settings["test_dataloader"]["dataset"]["pipeline"]
    keys = ("ann_boxes", "ann_labels", "ann_person_ids", "split")
    pipeline[-1]["meta_keys"] += keys
    dataset = {
        "type": "stal_plugin.AgotDataset",
        "data_root": str(own_data.parent),
        "ann_file": "annotations.csv",
        "num_classes": 2,
        "pipeline": pipeline,
    }
    loader = {"batch_size": 4, "num_workers": 0}
    sampler = {"type": "mmengine.DefaultSampler", "shuffle": False}
    settings |= {
        "test_dataloader": {
            **loader,
            "sampler": sampler,
            "dataset": {**dataset, "split": "test", "test_mode": True},
        },
        "train_dataloader": {**loader, "dataset": {**dataset, "split": "train"}},
        "train_cfg": {"by_epoch": True, "max_epochs": 1},
        "optim_wrapper": {"optimizer": {"type": "SGD", "lr": 0.1}},
        "test_evaluator": {"type": "stal_plugin.FrameMAP"},
        "test_cfg": {"type": "mmengine.TestLoop"},
        "work_dir": str(tmp_path / "work"),
    }
    Config(settings).dump(tmp_path / "config.py")
    return tmp_path / "config.py"


@pytest.fixture
def checkpoint(live_parts: dict, tmp_path: Path, config: Path) -> Path:
    settings = Config.fromfile(config).to_dict()
    return live_parts["save_tiny_checkpoint"](tmp_path / "tiny.pth", settings)


def test_export_then_test_gives_the_scores_of_the_checkpoint(
    run: Callable,
    config: Path,
    checkpoint: Path,
    own_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    int8 = ("--int8", "static", "--calibration-clips", 3)
    assert run("export_onnx.py", config, checkpoint, "--clips", 5, *int8) == 0
    out = capsys.readouterr().out
    assert "tiny.onnx: 1.4 MB, float32" in out
    assert "clip (batch, 3, 4, 64, 64), float32, RGB, 0 to 255" in out
    assert "largest differences to PyTorch on the test data:" in out
    assert "onnxruntime fp32, 5 clips: boxes " in out
    assert "tiny_int8-static.onnx: " in out
    assert "test.py" in out
    metrics, tables = {}, {}
    for weights in ("tiny.pth", "tiny.onnx", "tiny_int8-static.onnx"):
        path = tmp_path / weights.replace(".", "_")
        csv_path = path / "predictions.csv"
        assert run("test.py", config, weights, "--out", csv_path) == 0
        assert predictions_of(tmp_path / "work") == csv_path
        said = capsys.readouterr().out.splitlines()[-1]
        assert said.startswith("next: ")
        assert said.endswith(f"report.py {tmp_path / 'work'}")
        metrics[weights] = json.loads((path / "metrics.json").read_text())["metrics"]
        tables[weights] = read_predictions(path / "predictions.csv")
    assert metrics["tiny.onnx"] == pytest.approx(metrics["tiny.pth"], abs=1e-6)
    ours, theirs = tables["tiny.onnx"], tables["tiny.pth"]
    assert len(ours) == len(theirs) > 100
    assert np.abs(np.sort(ours.scores) - np.sort(theirs.scores)).max() < 1e-5
    assert metrics["tiny_int8-static.onnx"].keys() == metrics["tiny.pth"].keys()
    capsys.readouterr()
    assert run("export_onnx.py", config, checkpoint) == 1
    assert "tiny.onnx is there already" in capsys.readouterr().err
    for out, text in (
        (tmp_path / "tiny_pth/predictions.csv", "predictions.csv is there already"),
        (tmp_path / "tiny_pth/new.csv", "metrics.json is there already"),
        (own_data, "this command reads"),
    ):
        assert run("test.py", config, "tiny.pth", "--out", out) == 1
        assert text in capsys.readouterr().err


def test_video_instead_of_data_and_predict(
    run: Callable,
    config: Path,
    checkpoint: Path,
    tmp_path: Path,
    live_frame: Callable,
    capsys: pytest.CaptureFixture,
) -> None:
    gone = ("--cfg-options", "test_dataloader.dataset.data_root=gone")
    assert run("export_onnx.py", config, checkpoint, *gone) == 1
    assert "compare on any video: --video FILE" in capsys.readouterr().err
    write_video(tmp_path / "v.mp4", (live_frame(n) for n in range(8)), 25)
    step = ("--form", "step", "--video", "v.mp4", "--out", "step.onnx", *gone)
    assert run("export_onnx.py", config, checkpoint, *step) == 1
    assert "only a network with a causal 3D branch" in capsys.readouterr().err
    options = ("--video", "v.mp4", "--out", "there/m.onnx", "--tensorrt", *gone)
    assert run("export_onnx.py", config, checkpoint, *options) == 0
    out = capsys.readouterr().out
    assert "largest differences to PyTorch on v.mp4:" in out
    assert "onnxruntime fp32, 8 clips: boxes " in out
    assert "there/m.onnx: nothing that TensorRT 8.5 is known to refuse" in out
    assert "--maxShapes=clip:8x3x4x64x64" in out
    assert run("predict.py", "v.mp4", "there/m.onnx", "--json", "o.jsonl") == 0
    lines = [json.loads(x) for x in (tmp_path / "o.jsonl").read_text().splitlines()]
    results = list(ActionDetector(checkpoint, device="cpu")("v.mp4"))
    assert [len(line["detections"]) for line in lines] == [len(r) for r in results]


def test_what_int8_costs_is_measured_and_kept(
    run: Callable,
    config: Path,
    checkpoint: Path,
    capsys: pytest.CaptureFixture,
) -> None:
    int8 = ("--clips", 1, "--int8", "dynamic", "--check-map")
    assert run("export_onnx.py", config, checkpoint, *int8) == 1
    assert "the config has no val_dataloader" in capsys.readouterr().err
    cfg = Config.fromfile(config)
    cfg.val_dataloader, cfg.val_evaluator = cfg.test_dataloader, cfg.test_evaluator
    cfg.dump(config)
    assert run("export_onnx.py", config, checkpoint, *int8, "--overwrite") == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("  frame-mAP on the validation data: 0.")
    cost = OnnxModel("tiny_int8-dynamic.onnx").metadata.map_cost
    assert f"in float32, {-cost:+.4f}" in line
    maps = []
    for weights in ("tiny.onnx", "tiny_int8-dynamic.onnx"):
        cfg = Config.fromfile(config)
        maps.append(frame_map(OnnxModel(weights), cfg))
    assert cost >= maps[0] - maps[1]  # another engine may lose more


def test_intolerance(
    run: Callable, config: Path, checkpoint: Path, capsys: pytest.CaptureFixture
) -> None:
    status = run("export_onnx.py", config, checkpoint, "--score-tolerance", -1)
    assert status == 1
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith("Error: the exported network differs from PyTorch by ")
    assert not Path("tiny.onnx").exists()


def test_metadata_is_complete(run: Callable, config: Path, checkpoint: Path) -> None:
    """No config is needed: the file alone names all that a checkpoint does."""
    assert run("export_onnx.py", config, checkpoint, "--clips", 1) == 0
    properties = {p.key: p.value for p in onnx.load("tiny.onnx").metadata_props}
    assert json.loads(properties["stal_plugin.classes"]) == ["wave", "jump"]
    assert json.loads(properties["stal_plugin.rule_cfg"])["max_per_img"] == 20
    size = json.loads(properties["stal_plugin.input"])["size"]
    assert size == [64, 64]
    pipeline = json.loads(properties["stal_plugin.pipeline"])
    assert "mmaction.Resize" in [step["type"] for step in pipeline]
    content = torch.load(checkpoint, weights_only=True)["meta"]
    assert json.loads(properties["stal_plugin.fps"]) == content["dataset_meta"]["fps"]
