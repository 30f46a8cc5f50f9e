from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from stal_plugin.apis.clip_ring import ClipRing
from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.engines import SharedBranches, WholeModel
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.load_model import load_model


class _Calls:
    """Count the runs of the branches."""

    def __init__(self, model: Any) -> None:
        self.two = self.three = 0
        model.backbone.backbone_2d.register_forward_hook(self._count_2d)
        model.backbone.backbone_3d.register_forward_hook(self._count_3d)

    def _count_2d(self, *_: object) -> None:
        self.two += 1

    def _count_3d(self, *_: object) -> None:
        self.three += 1


@pytest.fixture
def stream(checkpoint: Path, square: Callable) -> tuple:
    model, cfg = load_model(checkpoint, None, torch.device("cpu"))
    pipeline = FramePipeline(cfg.pipeline)

    def run(kind: type, stride: int, size: tuple = (80, 60), count: int = 7) -> list:
        engine = kind(model, ClipRing(ClipSampling(4)), stride)
        found = []
        for number in range(1, count + 1):
            inputs, sample = pipeline(square(number, *size), "v", number)
            batch = {"inputs": [inputs], "data_samples": [sample]}
            with torch.inference_mode():
                batch = model.data_preprocessor(batch)
                engine.push(number, batch["inputs"][0, :, 0])
                found.append(engine.predict(batch["data_samples"][0]))
        return found

    return model, run


def test_stride_1_is_the_whole_network(stream: tuple) -> None:
    model, run = stream
    calls = _Calls(model)
    shared = run(SharedBranches, 1)
    assert (calls.two, calls.three) == (7, 7)
    for (a, age), (b, _) in zip(shared, run(WholeModel, 1), strict=True):
        assert age == 0
        assert torch.allclose(a.bboxes, b.bboxes, atol=1e-4)
        assert torch.allclose(a.scores, b.scores, atol=1e-6)
        assert torch.equal(a.labels, b.labels)
        assert len(a) > 3


def test_stride_saves_the_3d_branch_only(stream: tuple) -> None:
    model, run = stream
    exact = run(SharedBranches, 1)
    calls = _Calls(model)
    found = run(SharedBranches, 3)
    assert (calls.two, calls.three) == (7, 3)
    assert [age for _, age in found] == [0, 1, 2, 0, 1, 2, 0]
    # where the clip was looked at, nothing differs; in between, the 2D branch goes on
    for place in (0, 3, 6):
        assert torch.equal(found[place][0].scores, exact[place][0].scores)
    assert not torch.equal(found[4][0].scores, found[3][0].scores)
    assert not torch.equal(found[4][0].scores, exact[4][0].scores)


class _Neck(torch.nn.Module):
    """Note the channels that come, and pass on their mean."""

    def forward(self, maps: tuple) -> tuple:
        self.seen = [*getattr(self, "seen", []), [m.shape[1] for m in maps]]
        return (maps[0].mean(1, keepdim=True).expand(-1, 16, -1, -1),)


def test_key_frame_only_and_clip_only(stream: tuple) -> None:
    model, run = stream
    backbone, model.neck = model.backbone, _Neck()
    three, backbone.backbone_3d = backbone.backbone_3d, None
    assert [age for _, age in run(SharedBranches, 3, count=4)] == [0, 0, 0, 0]
    backbone.backbone_2d, backbone.backbone_3d = None, three
    assert [age for _, age in run(SharedBranches, 2, count=3)] == [0, 1, 0]
    assert model.neck.seen == [[8]] * 4 + [[32]] * 3
