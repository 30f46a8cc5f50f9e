"""LinkNet with maps of several stages."""

import pytest
import torch

from stal_plugin.models.backbones.stages import StagedRun
from stal_plugin.registry import MODELS

DARKNET = {"type": "stal_plugin.Darknet19", "width": 0.0625, "out_channels": 10}
RESNET3D = {"type": "stal_plugin.ResNet3D18", "width": 0.0625}


def _build(two: dict | None, three: dict | None, **kwargs: object) -> torch.nn.Module:
    config = {"type": "stal_plugin.LinkNet", "backbone_2d": two, "backbone_3d": three}
    return MODELS.build({**config, **kwargs}).eval()


def test_levels_are_the_stages_of_the_2d_branch() -> None:
    net = _build(DARKNET, RESNET3D, levels=("stage3", "stage5"))
    plain = _build(DARKNET, RESNET3D)
    plain.load_state_dict(net.state_dict())
    clip = torch.rand(1, 3, 8, 64, 64)
    maps = net(clip)
    assert [m.shape[-1] for m in maps] == [8, 4, 2, 2]
    for a, b in zip(maps[2:], plain(clip), strict=True):
        assert torch.equal(a, b)
    run = StagedRun(net.backbone_2d, clip[:, :, -1])
    assert torch.equal(maps[0], run.run_to("stage3"))
    assert torch.equal(maps[1], run.run_to("stage5"))
    for a, b in zip(net.key_frame_maps(clip[:, :, -1]), maps, strict=False):
        assert torch.equal(a, b)


def test_levels_of_linked_branches_have_what_the_links_added() -> None:
    link = {
        "type": "stal_plugin.ExpandLink",
        "stages": [("stage3", "layer2")],
        "direction": "3d_to_2d",
        "gated": False,
    }
    net = _build(DARKNET, RESNET3D, levels=("stage3",), links=[link])
    clip = torch.rand(1, 3, 8, 64, 64)
    bare = StagedRun(net.backbone_2d, clip[:, :, -1]).run_to("stage3")
    assert net(clip)[0].shape == bare.shape
    assert not torch.allclose(net(clip)[0], bare)


def test_levels_that_are_not_there_or_not_in_order() -> None:
    with pytest.raises(ValueError, match=r"levels name \['stage9'\], but backbone_2d"):
        _build(DARKNET, RESNET3D, levels=("stage9",))
    with pytest.raises(ValueError, match=r"levels cross: .* List the levels in that"):
        _build(DARKNET, RESNET3D, levels=("stage5", "stage3"))
