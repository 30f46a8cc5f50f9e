from collections.abc import Callable

import pytest
import torch

from stal_plugin.apis import SharedHeatmaps, WholeModel
from stal_plugin.apis.clip_sampling import ClipSampling


def _assert_equal(found: list, expected: list) -> None:
    for (a, _), (b, _) in zip(found, expected, strict=True):
        assert len(a) > 3
        assert torch.allclose(a.bboxes, b.bboxes, atol=1e-3)
        assert torch.allclose(a.scores, b.scores, atol=1e-5)
        assert torch.allclose(a.objectness, b.objectness, atol=1e-5)
        assert torch.equal(a.labels, b.labels)


@pytest.mark.parametrize(
    ("per", "keypoints", "blended"),
    [("clip", 9, False), ("actor", 9, False), ("actor", 9, True), ("clip", 0, False)],
)
@pytest.mark.parametrize("interval", [1, 2])
def test_stride_1_is_the_whole_network(
    stream: Callable,
    center3d: Callable,
    per: str,
    keypoints: int,
    blended: bool,
    interval: int,
) -> None:
    model = center3d(per, keypoints, blended)
    sampling = ClipSampling(3, interval)
    found = stream(SharedHeatmaps, model, 1, sampling)
    _assert_equal(found, stream(WholeModel, model, 1, sampling))
    assert [age for _, age in found] == [0] * 7
    # the detections do change: the comparison means something
    assert not torch.allclose(found[3][0].scores, found[5][0].scores, atol=1e-4)


def test_each_part_runs_as_seldom_as_it_may(
    stream: Callable, center3d: Callable
) -> None:
    model = center3d()
    frames, clips = [], []
    model.localizer.backbone.register_forward_hook(
        lambda module, inputs, output: frames.append(len(inputs[0]))
    )
    model.classifier.backbone.register_forward_hook(lambda *_: clips.append(1))
    sampling = ClipSampling(3, 2)
    found = stream(SharedHeatmaps, model, 3, sampling)
    assert frames == [1] * 7  # the localizer sees each frame once, whatever the clip
    assert len(clips) == 3
    assert [age for _, age in found] == [0, 1, 2, 0, 1, 2, 0]
    exact = stream(WholeModel, model, 1, sampling)
    _assert_equal([found[k] for k in (0, 3, 6)], [exact[k] for k in (0, 3, 6)])
    # in between, boxes are those of the frame, and classes those of the older clip
    for place in (1, 2, 4, 5):
        a, b = found[place][0], exact[place][0]
        assert torch.allclose(
            a.objectness.sort().values, b.objectness.sort().values, atol=1e-5
        )
    assert not torch.equal(found[5][0].scores, exact[5][0].scores)


def test_memory_does_not_grow(stream: Callable, center3d: Callable) -> None:
    engines = []

    class Kept(SharedHeatmaps):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            engines.append(self)

    stream(Kept, center3d(), 2, ClipSampling(2, 2), range(1, 20))
    assert sorted(engines[0]._maps) == sorted(engines[0]._slices) == [17, 18, 19]
