"""An actor detector on a stream, and through ``ActionDetector``."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from fixtures.actors import actor_config, actor_model, frame
from mmengine.config import Config

from stal_plugin.apis import ActionDetector, ActorEngine, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.evaluation.online_linker import OnlineLinker

NAMES = ("walk", "wave", "sit")
PIPELINE = [
    {
        "type": "stal_plugin.SampleKeyframeClip",
        "clip_len": 8,
        "frame_interval": 2,
        "test_mode": True,
    },
    {"type": "stal_plugin.DecodeClip"},
    {"type": "mmaction.FormatShape", "input_format": "NCTHW", "collapse": True},
    {
        "type": "mmaction.PackActionInputs",
        "meta_keys": ("video_id", "frame", "img_shape", "original_shape"),
    },
]


def _engine(stride: int = 1, interval: float = 1.0, **changes: Any) -> ActorEngine:
    ring = ClipRing(ClipSampling(8, interval))
    engine = choose_engine(actor_model(**changes), ring, stride)
    assert isinstance(engine, ActorEngine)
    return engine


def test_engine_gives_what_the_clip_gives() -> None:
    engine = _engine()
    clip = [frame(8 + 2 * n, 44) for n in range(5)]
    with torch.inference_mode():
        for number, picture in enumerate(clip, 1):
            engine.push(number, picture)
            found, age = engine.predict(None)
        assert age == 0
        whole = engine.model._predict(torch.stack(clip, dim=1), None)
    assert torch.allclose(found.scores, whole.scores, atol=1e-6)
    assert torch.equal(found.bboxes, whole.bboxes)
    assert torch.equal(found.labels, whole.labels)


def test_stride_is_that_of_the_person_detector_and_age_that_of_the_network() -> None:
    calls = []
    engine = _engine(stride=3, interval=2)
    detector = engine.stream.people.detect
    engine.stream.people.detect = lambda f: calls.append(1) or detector(f)
    ages = []
    with torch.inference_mode():
        for number in range(1, 8):
            engine.push(number, frame(8))
            ages.append(engine.predict(None)[1])
    assert len(calls) == 3
    assert ages == [0, 1, 0, 1, 0, 1, 0]
    assert _engine(test_cfg={"detect_every": 4}).stream.people.every == 4


def test_reset_forgets_people() -> None:
    engine = _engine()
    engine.push(1, frame(8))
    engine.predict(None)
    engine.reset()
    assert len(engine.stream.states) == 0
    assert not engine.ring._frames  # frames are not held at all


def _checkpoint(folder: Path, fps: float = 25.0) -> Path:
    settings = {
        "default_scope": "mmaction",
        "model": actor_config(test_cfg={"score_thr": 0.01}),
        "test_dataloader": {"dataset": {"type": "X", "pipeline": PIPELINE}},
    }
    meta = {"classes": NAMES, "fps": fps, "multilabel": False}
    path = folder / "actor.pth"
    content = {
        "meta": {
            "dataset_meta": meta,
            META_KEY: InferenceConfig.from_settings(settings, meta).to_json(),
        },
        "state_dict": actor_model().state_dict(),
    }
    torch.save(content, path)
    Config(settings).dump(folder / "config.py")
    return path


def test_detector_names_people_with_their_ids(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path)
    images = [frame(4 + n, 44).permute(1, 2, 0).numpy() for n in range(9)]
    detector = ActionDetector(path, device="cpu", score_thr=0.0)
    results = list(detector(np.stack(images), folder_fps=25))
    assert [r.age for r in results] == [0, 1] * 4 + [0]
    last = results[-1]
    assert len(last) == 2 * len(NAMES)
    assert {tuple(b) for b in last.boxes.tolist()} == {
        (12, 10, 20, 26),
        (44, 12, 54, 22),
    }
    assert {t.track_id for t in last.tracks} == {0, 1}
    assert set(last.names) == set(NAMES)
    doubled = ActionDetector(path, device="cpu", linker=OnlineLinker(len(NAMES)))
    ages = [r.age for r in doubled(np.stack(images), folder_fps=50)]
    assert ages == [0, 1, 2, 3, 0, 1, 2, 3, 0]  # the same steps per second
