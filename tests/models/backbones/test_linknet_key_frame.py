import pytest
import torch
from torch import nn

from stal_plugin.registry import MODELS

DARKNET = {"type": "stal_plugin.Darknet19", "width": 0.0625, "out_channels": 10}
RESNET3D = {"type": "stal_plugin.ResNet3D18", "width": 0.0625}
LINK = {"type": "stal_plugin.ExpandLink", "stages": [("stage3", "layer2")]}


def _net(key_frame: str, links: list | None = None, **changes: object) -> nn.Module:
    torch.manual_seed(0)
    config = {
        "type": "stal_plugin.LinkNet",
        "backbone_2d": DARKNET,
        "backbone_3d": {**RESNET3D, **changes},
        "links": links,
        "key_frame": key_frame,
    }
    return MODELS.build(config).eval()


@pytest.mark.parametrize("links", [None, [LINK]])
@pytest.mark.parametrize(("clip_len", "place"), [(8, 4), (9, 4), (1, 0)])
def test_2d_branch_sees_the_frame_in_the_middle(
    links: list | None, clip_len: int, place: int
) -> None:
    net = _net("centre", links)
    clip = torch.rand(1, 3, clip_len, 64, 64)
    two, three = net(clip)
    assert torch.allclose(two, net.backbone_2d(clip[:, :, place])[0], atol=1e-6)
    last = _net("last", links)
    moved = clip.clone()
    moved[:, :, -1] = clip[:, :, place]
    assert torch.allclose(two, last(moved)[0], atol=1e-6)
    if links is None:  # the 3D branch sees the clip as it is
        assert torch.equal(three, last(clip)[1])


def test_parts_that_have_the_last_frame_are_refused() -> None:
    for given in ({"causal": True}, {"links": [{**LINK, "frames": "keyframe"}]}):
        with pytest.raises(ValueError, match="key_frame='centre' needs"):
            _net("centre", **given)
    with pytest.raises(ValueError, match="key_frame='first' must be one of"):
        _net("first")
