"""Actor detectors through the tools: export, predict, test."""

import json
import runpy
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from fixtures.actors import CHANNELS, actor_config
from fixtures.exportable_actors import exportable_actor, person_config
from mmengine.config import Config

from stal_plugin.annotations import read_predictions
from stal_plugin.apis import ActionDetector
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.engine.pretrained import pretrained
from stal_plugin.engine.run_config import load_config

ROOT = Path(__file__).parents[2]
STEPS = [
    {"type": "stal_plugin.SampleKeyframeClip", "clip_len": 4, "test_mode": True},
    {"type": "stal_plugin.DecodeClip"},
    {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
    {
        "type": "stal_plugin.PackClipInputs",
        "meta_keys": ("video_id", "frame", "img_shape", "original_shape"),
    },
]
HEAD = {
    "type": "stal_plugin.ActorHead",
    "in_channels": CHANNELS,
    "num_classes": 2,
    "window": 3,
}


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exit_status: Callable
) -> Callable:
    """Return a function that runs a tool in an empty folder, and its exit status."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def start(tool: str, *arguments: object) -> int:
        path = str(ROOT / "tools" / tool)
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
        return exit_status(lambda: runpy.run_path(path, run_name="__main__"))

    return start


@pytest.fixture(params=["crop"])
def config(request: pytest.FixtureRequest, own_data: Path, tmp_path: Path) -> Path:
    """Config of a tiny actor detector with kept features, and its checkpoint."""
    view = {"kind": request.param, "size": 16}
    parts = {"person_detector": person_config("rtmdet"), "head": HEAD, "view": view}
    dataset = {
        "type": "stal_plugin.STALDataset",
        "data_root": str(own_data.parent),
        "ann_file": "annotations.csv",
        "num_classes": 2,
        "split": "test",
        "test_mode": True,
        "pipeline": STEPS,
    }
    features = {"type": "stal_plugin.ActorFeatureDataset", "window": 3}
    settings = {
        "default_scope": "mmaction",
        "model": actor_config(**parts),
        "custom_hooks": [{"type": "stal_plugin.ActorFeatureHook"}],
        "test_dataloader": {
            "batch_size": 4,
            "num_workers": 0,
            "sampler": {"type": "mmengine.DefaultSampler", "shuffle": False},
            "dataset": {
                **features,
                "cache_dir": str(tmp_path / "kept"),
                "dataset": dataset,
            },
        },
        "test_evaluator": {"type": "stal_plugin.FrameMAP"},
        "test_cfg": {"type": "mmengine.TestLoop"},
        "work_dir": str(tmp_path / "work"),
    }
    Config(settings).dump(tmp_path / "config.py")
    meta = {"classes": ("wave hand", "jump"), "fps": 25.0, "multilabel": False}
    described = InferenceConfig.from_settings(settings, meta).to_json()
    content = {
        "meta": {"dataset_meta": meta, META_KEY: described},
        "state_dict": exportable_actor("rtmdet", head=HEAD).state_dict(),
    }
    torch.save(content, tmp_path / "a.pth")
    return tmp_path / "config.py"


INPUTS = {
    "crop": "view (people, 3, 16, 16), float32",
    "frame": "frame (states, 3, 16, 16), float32, RGB, 0 to 1, and boxes (people, 4);",
}


@pytest.mark.parametrize("config", ["crop", "frame"], indirect=True)
def test_export_test_and_predict(
    run: Callable, config: Path, own_data: Path, capsys: pytest.CaptureFixture
) -> None:
    """The scores of the file are those of the checkpoint."""
    assert run("export_onnx.py", config, "a.pth", "--clips", 3) == 0
    out = capsys.readouterr().out
    view = Config.fromfile(config).model.view
    assert f"a.onnx: 0.0 MB, float32\n  input: {INPUTS[view.kind]}" in out
    assert "a.people.onnx: 0.1 MB, float32\n  input: image (batch, 3, height" in out
    assert "largest differences to PyTorch on the test data:" in out
    assert "onnxruntime fp32, 3 clips: boxes " in out
    tables = []
    for weights in ("a.pth", "a.onnx"):
        path = Path("out", weights.replace(".", "_"), "p.csv")
        assert run("test.py", config, weights, "--out", path) == 0
        tables.append(read_predictions(path))
    assert len(tables[0]) == len(tables[1]) > 10
    # what is kept on disk has half precision
    assert np.abs(tables[0].scores - tables[1].scores).max() < 3e-4
    assert np.abs(tables[0].boxes - tables[1].boxes).max() < 1e-4
    assert len(list(Path("kept").rglob("*.npz"))) == 2  # each has features of its own
    video = own_data.parent / "b.mp4"
    assert (
        run("predict.py", video, "a.onnx", "--json", "o.jsonl", "--score-thr", 0) == 0
    )
    lines = [json.loads(x) for x in Path("o.jsonl").read_text().splitlines()]
    found = list(ActionDetector("a.pth", device="cpu", score_thr=0.0)(video))
    assert [len(line["detections"]) for line in lines] == [len(r) for r in found]


def test_what_is_refused(
    run: Callable, config: Path, own_data: Path, capsys: pytest.CaptureFixture
) -> None:
    Path("a.people.onnx").write_text("another's")
    for arguments, message in (
        ((config, "a.pth", "--int8", "dynamic"), "leave --form and --int8 out"),
        ((config, "a.pth", "--form", "clip"), "leave --form and --int8 out"),
        ((config, "a.pth"), "a.people.onnx is there already"),
    ):
        assert run("export_onnx.py", *arguments) == 1
        assert message in capsys.readouterr().err.splitlines()[-1]
        assert Path("a.people.onnx").read_text() == "another's"
    Path("a.onnx").write_text("")
    video = own_data.parent / "b.mp4"
    arguments = (video, "a.onnx", "--json", "a.people.onnx", "--overwrite")
    assert run("predict.py", *arguments) == 1
    assert "which this command reads" in capsys.readouterr().err
    for arguments in ((), ("--model", "kinetics600"), (config,)):
        assert run("export_onnx.py", *arguments) == 2
        assert "--model NAME" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.data
@pytest.mark.slow
def test_a_pretrained_model_on_real_video(
    run: Callable, shared_data: Path, capsys: pytest.CaptureFixture
) -> None:
    """Both engines detect what torch detects, two people and more."""
    for package in ("tflite", "onnx", "onnxruntime", "openvino"):
        pytest.importorskip(package)
    weights = shared_data.with_name("weights")
    video = shared_data / "real_clips/kinetics_arm_wrestling.mp4"
    model = ("--model", "kinetics600", "--weights", weights, "--video", video)
    assert run("export_onnx.py", *model, "--out", "k.onnx", "--clips", 1) == 0
    assert "onnxruntime fp32, 1 clip: boxes " in capsys.readouterr().out
    checkpoint = pretrained("kinetics600", weights)
    _compare(ActionDetector(checkpoint, **OPTIONS), "k.onnx", video)


@pytest.mark.data
@pytest.mark.slow
def test_whole_frames_of_real_video(run: Callable, shared_data: Path) -> None:
    """The same weights with ``view.kind='frame'``: each frame is looked at once."""
    for package in ("tflite", "onnx", "onnxruntime", "openvino"):
        pytest.importorskip(package)
    checkpoint = pretrained("kinetics600", shared_data.with_name("weights"))
    video = shared_data / "real_clips/kinetics_arm_wrestling.mp4"
    config = ROOT / "configs/_base_/models/actor_kinetics600.py"
    changes = {"model.view.kind": "frame"}
    options = [f"{key}={value}" for key, value in changes.items()]
    given = (config, checkpoint, "--video", video, "--clips", 1, "--out", "k.onnx")
    assert run("export_onnx.py", *given, "--cfg-options", *options) == 0
    original = ActionDetector(
        checkpoint, load_config(str(config), None, changes), **OPTIONS
    )
    assert original.model.view.kind == "frame"
    _compare(original, "k.onnx", video)


OPTIONS = {"device": "cpu", "score_thr": 0.02}


def _compare(original: ActionDetector, path: str, video: Path) -> None:
    """Compare the detections of both engines with those of torch on 20 frames."""
    expected = list(islice(original(video), 20))
    assert len({len(np.unique(r.boxes, axis=0)) for r in expected}) > 1
    for engine in ("onnxruntime", "openvino"):
        detector = ActionDetector(path, engine=engine, **OPTIONS)
        for one, two in zip(expected, detector(video), strict=False):
            assert np.abs(_people(one) - _people(two)).max(initial=0) < 0.05
            assert set(zip(one.labels, one.track_ids, strict=True)) == set(
                zip(two.labels, two.track_ids, strict=True)
            )
            assert np.abs(np.sort(one.scores) - np.sort(two.scores)).max() < 1e-3


def _people(result: object) -> np.ndarray:
    return np.unique(result.boxes, axis=0)
