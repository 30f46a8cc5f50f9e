"""Tests with several processes give the numbers of one, to the digit."""

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner

from stal_plugin.annotations import Annotation, VideoInfo, write_annotation
from stal_plugin.registry import MODELS
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import write_video

LENGTHS = {"long": 6, "short": 5}  # 11 frames: 2 processes test one of them twice
META = ("video_id", "frame", "original_shape", "ann_boxes", "ann_labels")
CONFIG = f"""\
default_scope = "mmengine"
custom_imports = dict(imports=["tiny_detector"], allow_failed_imports=False)
model = dict(type="mmengine.TinyDetector")
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    collate_fn=dict(type="mmengine.pseudo_collate"),
    sampler=dict(type="mmengine.DefaultSampler", shuffle=False),
    dataset=dict(
        type="stal_plugin.AgotDataset",
        ann_file="annotations.csv",
        split="test",
        multilabel=True,
        test_mode=True,
        pipeline=[
            dict(type="stal_plugin.SampleKeyframeClip", clip_len=1, test_mode=True),
            dict(type="stal_plugin.DecodeClip"),
            dict(type="mmaction.FormatShape", input_format="NCTHW", collapse=True),
            dict(
                type="mmaction.PackActionInputs",
                meta_keys={(*META, "ann_person_ids")},
            ),
        ],
    ),
)
test_evaluator = [
    dict(
        type="stal_plugin.FrameMAP",
        iou_thrs=[0.5, "0.5:0.95"],
        details=dict(by_size=True, by_frequency=True, breakdown=True),
    ),
    dict(type="stal_plugin.VideoMAP", linker="online"),
    dict(type="stal_plugin.VideoMAP", linker="viterbi", prefix="viterbi"),
]
test_cfg = dict(type="mmengine.TestLoop")
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two videos of two actors each, one of them with two labels."""
    rows = []
    for name, length in LENGTHS.items():
        frames = (np.full((48, 64, 3), 90 + t, np.uint8) for t in range(length))
        write_video(tmp_path / f"{name}.mp4", frames, 25)
        for t in range(1, length + 1):
            rows += [(name, t, 0.1, 0.1, 0.4, 0.6, action, 1) for action in (1, 2)]
            rows.append((name, t, 0.5, 0.3, 0.9, 0.9, 3, 2))
    ids, frame, x1, y1, x2, y2, action, person = zip(*rows, strict=True)
    annotation = Annotation(
        classes=["up", "down", "wave"],
        videos={
            name: VideoInfo(f"{name}.mp4", 25.0, 64, 48, length, name, "test")
            for name, length in LENGTHS.items()
        },
        rows=BoxTable(
            frames=np.array(frame),
            boxes=np.array([x1, y1, x2, y2]).T,
            labels=np.array(action) - 1,
            video_ids=np.array(ids, dtype=object),
            person_ids=np.array(person),
        ),
    )
    write_annotation(annotation, tmp_path / "annotations.csv")
    torch.save({"state_dict": {"unused": torch.zeros(1)}}, tmp_path / "net.pth")
    path = tmp_path / "echo.py"
    path.write_text(CONFIG)
    return path


def _alone(config: Path) -> dict[str, float]:
    """Test in this process."""
    cfg = Config.fromfile(config)
    loader = Runner.build_dataloader(cfg.test_dataloader, seed=0)
    assert len(loader.dataset) == 11
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = loader.dataset.metainfo
    model = MODELS.build(cfg.model)
    for batch in loader:
        evaluator.process(model.test_step(batch), batch)
    return evaluator.evaluate(len(loader.dataset))


@pytest.fixture
def torchrun(run_tool: Callable, tmp_path: Path) -> Callable:
    """Return a function that does what a launcher would start, without loading torch.

    (test_dist_train.py starts it as it is.)
    """
    show = tmp_path / "show"
    show.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    show.chmod(0o755)

    def run(launcher: str, *words: object) -> subprocess.CompletedProcess:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        shown = run_tool(launcher, *words, PYTHON=str(show), PORT=port)
        module, name, *rest = shown.stdout.splitlines()
        assert (module, name) == ("-m", "torch.distributed.run")
        return run_tool("../tests/fixtures/forking_torchrun.py", *rest)

    return run


@pytest.mark.skipif(torch.cuda.is_available(), reason="would use the GPU")
def test_two_processes_give_the_numbers_of_one(
    torchrun: Callable,
    tiny_config: Path,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = config.with_name("predictions.csv")
    done = torchrun("dist_test.sh", config.name, "net.pth", 2, "--out", out.name)
    assert done.returncode == 0, done.stderr
    assert "2 process(es)" in done.stdout
    together = json.loads(config.with_name("metrics.json").read_text())["metrics"]

    monkeypatch.syspath_prepend(str(tiny_config.parent))
    monkeypatch.chdir(config.parent)
    alone = _alone(config)
    assert together == alone
    assert 0.1 < alone["frame-mAP@0.5"] < 0.9
    assert 0.1 < alone["viterbi/video-mAP@0.5"] < 0.9
    assert len(alone) > 30
    # each frame's rows stand in the file once
    rows = out.read_text().splitlines()
    assert len(rows) == len(set(rows)) > 50
