from types import SimpleNamespace

import torch

from stal_plugin.apis import WholeModel
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling


def _counting(clip: torch.Tensor, samples: list, mode: str) -> list:
    assert mode == "predict"
    samples[0].pred_instances = clip[0, 0, :, 0, 0].int().tolist()
    return samples


def _run(stride: int, count: int) -> list:
    engine = WholeModel(_counting, ClipRing(ClipSampling(2)), stride)
    found = []
    for number in range(1, count + 1):
        engine.push(number, torch.full((3, 1, 1), float(number)))
        found.append(engine.predict(SimpleNamespace()))
    return found


def test_every_frame() -> None:
    assert _run(1, 3) == [([1, 1], 0), ([1, 2], 0), ([2, 3], 0)]


def test_detections_stand_in_between() -> None:
    found = _run(3, 5)
    assert found == [([1, 1], k) for k in range(3)] + [([3, 4], 0), ([3, 4], 1)]


def test_reset_forgets() -> None:
    engine = WholeModel(_counting, ClipRing(ClipSampling(2)), 9)
    engine.push(1, torch.ones(3, 1, 1))
    engine.predict(SimpleNamespace())
    engine.reset()
    engine.push(7, torch.full((3, 1, 1), 7.0))
    assert engine.predict(SimpleNamespace()) == ([7, 7], 0)
