"""Several streams at once give what each gives alone."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from stal_plugin.apis import (
    Engine,
    SharedBranches,
    SharedHeatmaps,
    StreamedClip,
    WholeModel,
)
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.apis.frame_pipeline import FramePipeline

LINK = {"stages": [("stage2", "layer1")], "type": "stal_plugin.ExpandLink"}


def _model(kind: type[Engine], variant: str, makers: dict) -> Any:
    if kind is SharedHeatmaps:
        return makers["center3d"]()
    config = makers["settings"](links=[LINK] if variant == "linked" else None)
    backbone = config["model"]["backbone"]
    backbone["backbone_3d"]["causal"] = kind is StreamedClip
    if variant == "clip detector":
        config["model"]["type"] = "stal_plugin.ClipDetector"
    if variant == "differences":
        backbone["motion_input"] = "differences"
    return makers["tiny"](config)


@pytest.mark.parametrize(
    ("kind", "variant", "stride"),
    [
        (WholeModel, "", 1),
        (WholeModel, "", 3),
        (SharedBranches, "", 1),
        (SharedBranches, "linked", 3),
        (SharedBranches, "clip detector", 2),
        (StreamedClip, "", 1),
        (StreamedClip, "differences", 1),
        (SharedHeatmaps, "", 2),  # has no batched form: one after another
    ],
)
def test_streams_at_once_are_as_each_alone(
    settings: Callable,
    tiny: Callable,
    center3d: Callable,
    square: Callable,
    kind: type[Engine],
    variant: str,
    stride: int,
) -> None:
    makers = {"settings": settings, "tiny": tiny, "center3d": center3d}
    model = _model(kind, variant, makers)
    steps = settings()["test_dataloader"]["dataset"]["pipeline"]
    pipeline = FramePipeline(steps)

    def engine(interval: float) -> Engine:
        return kind(model, ClipRing(ClipSampling(4, interval)), stride)

    # the second stream has another rate, the third begins later
    alone, together = ([engine(1), engine(2), engine(1)] for _ in range(2))
    scores = []
    with torch.inference_mode():
        for number in range(1, 8):
            rows = [0, 1] if number < 3 else [0, 1, 2]
            frames, samples = [], []
            for row in rows:
                inputs, sample = pipeline(square(number + 5 * row), "v", number)
                batch = {"inputs": [inputs], "data_samples": [sample]}
                batch = model.data_preprocessor(batch)
                frames.append(batch["inputs"][0, :, 0])
                samples.append(batch["data_samples"][0])
            numbers = [number + 10 * row for row in rows]
            kind.push_batch([together[row] for row in rows], numbers, frames)
            found = kind.predict_batch([together[row] for row in rows], samples)
            for place, row in enumerate(rows):
                alone[row].push(numbers[place], frames[place])
                wanted, age = alone[row].predict(samples[place])
                got, got_age = found[place]
                assert got_age == age
                assert len(got) == len(wanted) > 3
                close = {"rtol": 0, "atol": 1e-5}
                torch.testing.assert_close(got.scores, wanted.scores, **close)
                torch.testing.assert_close(got.bboxes, wanted.bboxes, rtol=0, atol=1e-3)
                assert torch.equal(got.labels, wanted.labels)
                scores.append(got.scores[:4])
    assert torch.stack(scores[-3:]).std(dim=0).max() > 1e-4  # the streams differ


def test_a_state_holds_no_memory_of_other_streams(
    settings: Callable, tiny: Callable
) -> None:
    model = _model(StreamedClip, "", {"settings": settings, "tiny": tiny})
    engines = [StreamedClip(model, ClipRing(ClipSampling(4))) for _ in range(3)]

    def held(engine: StreamedClip) -> list[int]:
        return [p.untyped_storage().nbytes() for s in engine._states for p in s or ()]

    frames = list(torch.rand(3, 3, 64, 64))
    StreamedClip.push_batch(engines, [1, 1, 1], frames)
    sizes = [sum(p.nbytes for p in s) for s in engines[0]._states if s]
    assert sum(held(engines[0])) == sum(sizes) > 0
