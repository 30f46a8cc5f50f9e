from collections.abc import Callable
from typing import Any

import pytest
import torch

from stal_plugin.apis import SharedBranches, StreamedClip, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling


@pytest.fixture(params=["none", "differences", "both"])
def model(request: pytest.FixtureRequest, settings: Callable, tiny: Callable) -> Any:
    """A network with a causal 3D branch."""
    config = settings()
    backbone = config["model"]["backbone"]
    backbone["motion_input"] = request.param
    backbone["backbone_3d"]["causal"] = True
    if request.param == "both":
        backbone["backbone_3d"]["in_channels"] = 6
    return tiny(config)


@pytest.mark.parametrize("interval", [1, 2])
def test_a_stream_is_seen_as_a_clip_from_its_beginning(
    model: Any, stream: Callable, interval: int
) -> None:
    numbers = range(1, 12)
    streamed = stream(StreamedClip, model, 1, ClipSampling(4, interval), numbers)
    changed = 0.0
    for last, (found, age) in zip(numbers, streamed, strict=True):
        first = (last - 1) % interval + 1  # of the frames that take turns with it
        seen = range(first, last + 1, interval)
        whole = ClipSampling(len(seen), interval)
        (*_, (expected, _)) = stream(SharedBranches, model, 1, whole, seen)
        assert age == 0
        assert len(found) > 3
        torch.testing.assert_close(found.bboxes, expected.bboxes, rtol=0, atol=1e-3)
        torch.testing.assert_close(found.scores, expected.scores, rtol=0, atol=1e-5)
        assert torch.equal(found.labels, expected.labels)
        changed = max(changed, found.scores.std().item())
    assert changed > 0


def test_it_begins_anew(model: Any) -> None:
    engine = StreamedClip(model, ClipRing(ClipSampling(4)))
    frames = torch.rand(4, 3, 64, 64)

    def maps(*numbers: int) -> list[torch.Tensor]:
        found = []
        for number in numbers:
            engine.push(number, frames[number])
            found.append(engine._maps([engine])[-1])
        return found

    first = maps(0, 1)
    again = maps(0, 1)
    assert not torch.allclose(first[1], again[1])  # it remembers
    engine.reset()
    assert all(map(torch.equal, maps(0, 1), first))
    engine.push(2, torch.rand(3, 32, 32))  # another size
    assert all(map(torch.equal, maps(0, 1), first))


def test_memory_does_not_grow(model: Any) -> None:
    engine = StreamedClip(model, ClipRing(ClipSampling(4, 2)))

    def held() -> int:
        return sum(part.numel() for state in engine._states for part in state or ())

    sizes = []
    for number in range(8):
        engine.push(number, torch.rand(3, 64, 64))
        sizes.append(held())
    assert sizes[1] == 2 * sizes[0]
    assert set(sizes[1:]) == {sizes[1]}


def test_it_is_chosen_for_causal_branches_without_links(
    settings: Callable, tiny: Callable
) -> None:
    ring = ClipRing(ClipSampling(4))
    link = {"stages": [("stage2", "layer1")], "type": "stal_plugin.ExpandLink"}
    for links, kind in ((None, StreamedClip), ([link], SharedBranches)):
        config = settings(links=links)
        config["model"]["backbone"]["backbone_3d"]["causal"] = True
        model = tiny(config)
        assert type(choose_engine(model, ring, 1)) is kind
    with pytest.raises(ValueError, match="runs frame by frame if it is causal"):
        model.backbone.stream_state(1, (64, 64))
