import pytest
import torch

from stal_plugin.registry import MODELS

DARKNET = {"type": "stal_plugin.Darknet19", "width": 0.0625, "out_channels": 10}
RESNET3D = {"type": "stal_plugin.ResNet3D18", "width": 0.0625}


def _build(two: dict | None, three: dict | None, **kwargs: object) -> torch.nn.Module:
    config = {"type": "stal_plugin.LinkNet", "backbone_2d": two, "backbone_3d": three}
    return MODELS.build({**config, **kwargs}).eval()


def test_2d_branch_sees_only_the_last_frame() -> None:
    net = _build(DARKNET, RESNET3D)
    clip = torch.rand(1, 3, 8, 64, 64)
    other = clip.clone()
    other[:, :, :-1] = torch.rand(1, 3, 7, 64, 64)
    maps, others = net(clip), net(other)
    assert torch.equal(maps[0], others[0])
    assert not torch.allclose(maps[1], others[1])
    assert torch.allclose(maps[0], net.backbone_2d(clip[:, :, -1])[0])


@pytest.mark.parametrize("clip_len", [8, 16, 48])
def test_any_clip_length_gives_one_map_per_branch(clip_len: int) -> None:
    maps = _build(DARKNET, RESNET3D)(torch.rand(1, 3, clip_len, 64, 64))
    assert [tuple(m.shape) for m in maps] == [(1, 10, 2, 2), (1, 32, 2, 2)]


def test_time_is_averaged() -> None:
    net = _build(None, RESNET3D)
    clip = torch.rand(1, 3, 48, 64, 64)
    (raw,) = net.backbone_3d(clip)
    assert raw.shape[2] == 3
    assert torch.allclose(net(clip)[0], raw.mean(2))


def test_channels_last_changes_nothing_but_speed() -> None:
    net = _build(DARKNET, RESNET3D)
    clip = torch.rand(2, 3, 8, 64, 64)
    plain = net(clip)
    net.channels_last = True
    for a, b in zip(plain, net(clip), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_a_branch_can_be_left_out() -> None:
    assert len(_build(DARKNET, None)(torch.rand(1, 3, 8, 64, 64))) == 1
    with pytest.raises(ValueError, match="needs backbone_2d, backbone_3d or both"):
        _build(None, None)


def test_branches_of_mmdet_and_mmaction2() -> None:
    net = _build(
        {"type": "mmdet.ResNet", "depth": 18, "base_channels": 8, "init_cfg": None},
        {
            "type": "mmaction.ResNet3d",
            "depth": 18,
            "pretrained": None,
            "base_channels": 8,
            "conv1_kernel": (3, 7, 7),
            "conv1_stride_t": 1,
            "pool1_stride_t": 1,
            "norm_cfg": {"type": "BN3d"},
        },
    )
    maps = net(torch.rand(1, 3, 8, 64, 64))
    assert [tuple(m.shape[-2:]) for m in maps] == [(2, 2), (2, 2)]
    assert maps[0].shape[1] == maps[1].shape[1] == 64


def test_different_strides_are_refused() -> None:
    net = _build({**DARKNET, "output_stride": 16}, RESNET3D)
    with pytest.raises(
        ValueError, match=r"\(4, 4\) cells, the 3D branch one of \(2, 2"
    ):
        net(torch.rand(1, 3, 8, 64, 64))


class _AddToKeyFrame(torch.nn.Module):
    """A link for these tests: adds the 2D map to the last temporal slot."""

    def forward(self, two: torch.Tensor, three: torch.Tensor) -> torch.Tensor:
        return torch.cat([three[:, :, :-1], three[:, :, -1:] + two[:, :, None]], dim=2)


def test_links_join_stages_of_the_same_stride() -> None:
    # Paper, figure 1: strides 4, 8 and 16, of 4, 8 and 16 channels at width 1 / 16.
    pairs = [("stage2", "layer1"), ("stage3", "layer2"), ("stage4", "layer3")]
    links = [{"type": _AddToKeyFrame, "source": s, "target": t} for s, t in pairs]
    net = _build(DARKNET, RESNET3D, links=links)
    clip = torch.rand(1, 3, 8, 64, 64)
    linked = net(clip)
    plain = _build(DARKNET, RESNET3D)
    plain.load_state_dict(net.state_dict())
    assert torch.equal(linked[0], plain(clip)[0])
    assert not torch.allclose(linked[1], plain(clip)[1])
    # By hand: the same sum, stage by stage.
    two, three = clip[:, :, -1], net.backbone_3d
    x = three.maxpool(three.relu(three.bn1(three.conv1(clip))))
    two = net.backbone_2d.stage1(two)
    for source, target in pairs:
        two = getattr(net.backbone_2d, source)(two)
        x = _AddToKeyFrame()(two, getattr(three, target)(x))
    assert torch.allclose(linked[1], three.layer4(x).mean(2), atol=1e-6)


def test_links_carry_gradient_into_the_2d_branch() -> None:
    link = {"type": _AddToKeyFrame, "source": "stage4", "target": "layer3"}
    net = _build(DARKNET, RESNET3D, links=[link]).train()
    net(torch.rand(2, 3, 8, 64, 64))[1].square().sum().backward()
    assert net.backbone_2d.stage1[0].conv.weight.grad.abs().sum() > 0


def test_link_to_an_unknown_stage_is_named() -> None:
    link = {"type": _AddToKeyFrame, "source": "stage4", "target": "layer9"}
    with pytest.raises(ValueError, match=r"\['layer9'\], but backbone_3d has the stag"):
        _build(DARKNET, RESNET3D, links=[link])


def test_gradient_reaches_both_branches() -> None:
    net = _build(DARKNET, RESNET3D).train()
    sum(m.sum() for m in net(torch.rand(2, 3, 8, 64, 64))).backward()
    assert all(p.grad is not None for p in net.parameters())
