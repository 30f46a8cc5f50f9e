from collections.abc import Callable
from typing import Any

import pytest
import torch

from stal_plugin.apis import SharedBranches, StreamedClip, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.registry import MODELS


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


_LINK = {"stages": [("stage2", "layer1")], "frames": "keyframe", "gated": False}


@pytest.mark.parametrize("interval", [1, 2])
@pytest.mark.parametrize("kind", ["ExpandLink", "BottleneckLink", "Conv3dLink"])
def test_linked_streams_are_seen_as_clips_from_their_beginning(
    settings: Callable, tiny: Callable, stream: Callable, kind: str, interval: int
) -> None:
    config = settings(links=[{**_LINK, "type": f"stal_plugin.{kind}"}])
    config["model"]["backbone"]["backbone_3d"]["causal"] = True
    linked = tiny(config)
    numbers = range(1, 8)
    streamed = stream(StreamedClip, linked, 1, ClipSampling(4, interval), numbers)
    for last, (found, age) in zip(numbers, streamed, strict=True):
        seen = range((last - 1) % interval + 1, last + 1, interval)
        whole = ClipSampling(len(seen), interval)
        (*_, (expected, _)) = stream(SharedBranches, linked, 1, whole, seen)
        assert age == 0
        torch.testing.assert_close(found.bboxes, expected.bboxes, rtol=0, atol=1e-3)
        torch.testing.assert_close(found.scores, expected.scores, rtol=0, atol=1e-5)
    links = linked.backbone.links_to_3d
    linked.backbone.links_to_3d = torch.nn.ModuleList(
        [
            MODELS.build(
                {
                    "type": "stal_plugin.NoLink",
                    "source_channels": 1,
                    "target_channels": 1,
                }
            )
            for _ in links
        ]
    )
    (*_, (without, _)) = stream(
        StreamedClip, linked, 1, ClipSampling(4, interval), numbers
    )
    assert not torch.equal(without.scores, found.scores)  # the link does something


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (None, StreamedClip),
        ({}, StreamedClip),
        ({"frames": "all"}, SharedBranches),
        ({"type": "stal_plugin.ExpandConv3dLink"}, SharedBranches),
    ],
)
def test_it_is_chosen_for_causal_branches_whose_links_meet_the_newest_frame(
    settings: Callable, tiny: Callable, change: dict | None, kind: type
) -> None:
    ring = ClipRing(ClipSampling(4))
    link = {**_LINK, "type": "stal_plugin.ExpandLink", **(change or {})}
    config = settings(links=None if change is None else [link])
    config["model"]["backbone"]["backbone_3d"]["causal"] = True
    model = tiny(config)
    assert type(choose_engine(model, ring, 1)) is kind
    if kind is SharedBranches:
        with pytest.raises(ValueError, match="runs frame by frame if it is causal"):
            model.backbone.stream_state(1, (64, 64))
