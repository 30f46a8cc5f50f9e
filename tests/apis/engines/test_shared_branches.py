from collections.abc import Callable
from typing import Any

import pytest
import torch

from stal_plugin.apis import SharedBranches, WholeModel

LINKS = [{"stages": [("stage2", "layer1")], "type": "stal_plugin.ExpandLink"}]


class _Calls:
    """Count the runs of the branches, by their first layers."""

    def __init__(self, model: Any) -> None:
        self.two, self.three = [0], [0]
        for branch, calls in (
            (model.backbone.backbone_2d, self.two),
            (model.backbone.backbone_3d, self.three),
        ):
            first = next(m for m in branch.modules() if not [*m.children()])
            first.register_forward_hook(lambda *_, calls=calls: calls.append(1))

    @property
    def counts(self) -> tuple[int, int]:
        return sum(self.two), sum(self.three)


@pytest.fixture(params=[None, LINKS], ids=["apart", "linked"])
def model(request: pytest.FixtureRequest, settings: Callable, tiny: Callable) -> Any:
    """A network without links, and one whose 3D branch needs the 2D branch."""
    return tiny(settings(links=request.param))


def test_stride_1_is_the_whole_network(model: Any, stream: Callable) -> None:
    calls = _Calls(model)
    shared = stream(SharedBranches, model)
    assert calls.counts == (7, 7)
    for (a, age), (b, _) in zip(shared, stream(WholeModel, model), strict=True):
        assert age == 0
        assert torch.allclose(a.bboxes, b.bboxes, atol=1e-4)
        assert torch.allclose(a.scores, b.scores, atol=1e-6)
        assert torch.equal(a.labels, b.labels)
        assert len(a) > 3


def test_stride_saves_the_3d_branch_only(model: Any, stream: Callable) -> None:
    exact = stream(SharedBranches, model)
    calls = _Calls(model)
    found = stream(SharedBranches, model, 3)
    assert calls.counts == (7, 3)
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


def test_key_frame_only_and_clip_only(
    settings: Callable, tiny: Callable, stream: Callable
) -> None:
    model = tiny(settings())
    backbone, model.neck = model.backbone, _Neck()
    three, backbone.backbone_3d = backbone.backbone_3d, None
    ages = [age for _, age in stream(SharedBranches, model, 3, numbers=range(1, 5))]
    assert ages == [0, 0, 0, 0]
    backbone.backbone_2d, backbone.backbone_3d = None, three
    ages = [age for _, age in stream(SharedBranches, model, 2, numbers=range(1, 4))]
    assert ages == [0, 1, 0]
    assert model.neck.seen == [[8]] * 4 + [[32]] * 3


def test_a_frame_of_another_size_is_looked_at(
    settings: Callable, tiny: Callable
) -> None:
    from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling

    engine = SharedBranches(tiny(settings()), ClipRing(ClipSampling(4)), 5)
    looked = []
    for number, width in enumerate([64, 64, 96, 96], 1):
        engine.push(number, torch.rand(3, 64, width))
        with torch.inference_mode():
            engine._maps([engine])
        looked.append(engine._age == 0)
    assert looked == [True, False, True, False]
