import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from stal_plugin.models.backbones.stages import StagedRun
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


# Paper, figure 1: strides 4, 8 and 16, of 4, 8 and 16 channels at width 1 / 16.
PAIRS = [("stage2", "layer1"), ("stage3", "layer2"), ("stage4", "layer3")]
KINDS = ["ExpandLink", "Conv3dLink", "BottleneckLink", "ExpandConv3dLink", "NoLink"]


def _links(kind: str = "ExpandLink", **kwargs: object) -> list[dict]:
    return [{"type": f"stal_plugin.{kind}", "stages": PAIRS, **kwargs}]


def test_links_join_stages_of_the_same_stride() -> None:
    net = _build(DARKNET, RESNET3D, links=_links(gated=False, frames="keyframe"))
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
    for source, target in PAIRS:
        two = getattr(net.backbone_2d, source)(two)
        x = getattr(three, target)(x)
        x = torch.cat([x[:, :, :-1], x[:, :, -1:] + two[:, :, None]], dim=2)
    assert torch.allclose(linked[1], three.layer4(x).mean(2), atol=1e-6)


def test_links_from_3d_to_2d_and_both_ways_by_hand() -> None:
    net = _build(DARKNET, RESNET3D, links=_links(gated=False, direction="both"))
    clip = torch.rand(1, 3, 8, 64, 64)
    three = net.backbone_3d
    x = three.maxpool(three.relu(three.bn1(three.conv1(clip))))
    y = net.backbone_2d.stage1(clip[:, :, -1])
    reverse = _build(DARKNET, RESNET3D, links=_links(gated=False, direction="3d_to_2d"))
    reverse.load_state_dict(net.state_dict())
    z, plain = y, x
    for source, target in PAIRS:
        x, y, z = (
            getattr(three, target)(x),
            getattr(net.backbone_2d, source)(y),
            getattr(net.backbone_2d, source)(z),
        )
        plain = getattr(three, target)(plain)
        x, y, z = x + y[:, :, None], y + x.mean(2), z + plain.mean(2)
    for got, feature in ((net(clip)[0], y), (reverse(clip)[0], z)):
        rest = StagedRun(net.backbone_2d, clip[:, :, -1])
        rest.run_to("stage4")
        rest.features["stage4"] = feature
        assert torch.allclose(got, rest.finish()[-1], atol=1e-5)
    assert torch.allclose(net(clip)[1], three.layer4(x).mean(2), atol=1e-5)
    assert torch.allclose(reverse(clip)[1], three.layer4(plain).mean(2), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "frames", "weights", "multiply_adds"),
    [  # the table of docs/restudy.md
        ("NoLink", "all", 0, 0),
        ("ExpandLink", "all", 0, 0),
        ("Conv3dLink", "all", 2_322_432, 1.04e9),
        ("Conv3dLink", "keyframe", 2_322_432, 1.04e9),
        ("Conv3dLink", "padded", 2_322_432, 4.51e9),
        ("BottleneckLink", "all", 2_322_432, 1.04e9),
        ("ExpandConv3dLink", "all", 2_322_432, 4.86e9),
    ],
)
def test_cost_of_the_papers_links(
    kind: str, frames: str, weights: int, multiply_adds: float
) -> None:
    extra = {} if kind == "NoLink" else {"frames": frames, "gated": False}
    with torch.device("meta"):
        net = _build(
            {"type": "stal_plugin.Darknet19", "out_channels": 425},
            {"type": "stal_plugin.ResNet3D18"},
            links=_links(kind, **extra),
        )
        links = net.links_to_3d
        kernels = [p for p in links.parameters() if p.ndim == 5]
        assert sum(p.numel() for p in kernels) == weights
        sizes = [(64, 8, 56), (128, 4, 28), (256, 2, 14)]  # C, T, H = W at 16 x 224^2
        with FlopCounterMode(display=False) as counter:
            for link, (c, t, h) in zip(links, sizes, strict=True):
                link(torch.empty(1, c, h, h), torch.empty(1, c, t, h, h))
    assert counter.get_total_flops() / 2 == pytest.approx(multiply_adds, rel=0.005)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", ["2d_to_3d", "3d_to_2d", "both"])
def test_gated_links_leave_a_pretrained_network_unchanged(
    kind: str, direction: str
) -> None:
    plain = _build(DARKNET, RESNET3D)
    net = _build(DARKNET, RESNET3D, links=_links(kind, direction=direction))
    missing = net.load_state_dict(plain.state_dict(), strict=False)
    assert missing.unexpected_keys == []
    assert all(key.startswith("links_to_") for key in missing.missing_keys)
    clip = torch.rand(1, 3, 8, 64, 64)
    for before, after in zip(plain(clip), net(clip), strict=True):
        assert torch.equal(before, after)


@pytest.mark.parametrize(
    ("direction", "branch", "first", "output"),
    [
        ("2d_to_3d", "backbone_2d", "stage1.0.conv", 1),
        ("3d_to_2d", "backbone_3d", "conv1", 0),
    ],
)
def test_links_carry_gradient_into_the_other_branch(
    direction: str, branch: str, first: str, output: int
) -> None:
    net = _build(DARKNET, RESNET3D, links=_links(direction=direction)).train()
    weight = getattr(net, branch).get_submodule(first).weight
    net(torch.rand(2, 3, 8, 64, 64))[output].square().sum().backward()
    assert weight.grad.abs().sum() == 0  # the gates are closed, but learn
    gates = [p for n, p in net.named_parameters() if n.endswith("gate")]
    assert len(gates) == 3
    assert all(gate.grad.abs().sum() > 0 for gate in gates)
    torch.optim.SGD(gates, lr=0.1).step()
    net(torch.rand(2, 3, 8, 64, 64))[output].square().sum().backward()
    assert weight.grad.abs().sum() > 0


def test_wrong_links_are_named() -> None:
    link = {"type": "stal_plugin.NoLink"}
    with pytest.raises(ValueError, match=r"\['layer9'\], but backbone_3d has the stag"):
        _build(DARKNET, RESNET3D, links=[{**link, "stages": [("stage4", "layer9")]}])
    crossing = [("stage3", "layer1"), ("stage2", "layer2")]
    with pytest.raises(ValueError, match="links cross: their stages of backbone_2d"):
        _build(DARKNET, RESNET3D, links=[{**link, "stages": crossing}])
    for stages in (("stage2", "layer1"), [], ["layer1"], [("a", "b", "c")]):
        with pytest.raises(ValueError, match="must be pairs of a 2D and a 3D stage"):
            _build(DARKNET, RESNET3D, links=[{**link, "stages": stages}])
    with pytest.raises(ValueError, match="direction must be one of"):
        _build(DARKNET, RESNET3D, links=_links(direction="up"))
    unstaged = {"type": "mmdet.Darknet"}
    for two in (None, unstaged):
        with pytest.raises(ValueError, match="backbone_2d is absent or shows no stage"):
            _build(two, RESNET3D, links=_links())


def test_links_between_networks_of_mmdet_and_mmaction2() -> None:
    two = {"type": "mmdet.ResNet", "depth": 18, "base_channels": 8, "init_cfg": None}
    three = {
        "type": "mmaction.ResNet3d",
        "depth": 18,
        "pretrained": None,
        "base_channels": 8,
        "conv1_stride_t": 1,
        "pool1_stride_t": 1,
        "with_pool2": False,
        "norm_cfg": {"type": "BN3d"},
    }
    pairs = [(name, name) for name in ("layer1", "layer2", "layer3")]
    links = _links("ExpandConv3dLink", stages=pairs, direction="both")
    net, plain = _build(two, three, links=links), _build(two, three)
    plain.load_state_dict(net.state_dict(), strict=False)
    clip = torch.rand(1, 3, 4, 64, 64)
    for before, after in zip(plain(clip), net(clip), strict=True):
        assert torch.equal(before, after)
    for name, parameter in net.named_parameters():
        if name.endswith("gate"):
            torch.nn.init.ones_(parameter)
    assert not torch.allclose(plain(clip)[0], net(clip)[0])
    assert not torch.allclose(plain(clip)[1], net(clip)[1])


def test_gradient_reaches_both_branches() -> None:
    net = _build(DARKNET, RESNET3D).train()
    sum(m.sum() for m in net(torch.rand(2, 3, 8, 64, 64))).backward()
    assert all(p.grad is not None for p in net.parameters())


def _with_motion(kind: str, in_channels: int, **kwargs: object) -> torch.nn.Module:
    torch.manual_seed(0)
    resnet = {**RESNET3D, "in_channels": in_channels}
    return _build(DARKNET, resnet, motion_input=kind, **kwargs)


LINKS = [{"type": "stal_plugin.ExpandLink", "stages": [("stage4", "layer2")]}]


@pytest.mark.parametrize("links", [None, LINKS])
@torch.no_grad()
def test_motion_goes_to_the_3d_branch_only(links: list | None) -> None:
    net = _with_motion("both", 6, links=links)
    clip = torch.rand(1, 3, 8, 64, 64)
    later = clip.clone()
    later[:, :, 2] += 0.1  # not the key frame
    maps, others = net(clip), net(later)
    assert torch.equal(maps[0], others[0])
    assert not torch.equal(maps[1], others[1])


@torch.no_grad()
def test_differences_hide_what_does_not_move() -> None:
    net = _with_motion("differences", 3)
    clip = torch.rand(1, 3, 8, 64, 64)
    brighter = clip + torch.rand(1, 3, 1, 64, 64)
    assert torch.allclose(net(clip)[1], net(brighter)[1], atol=1e-5)


@torch.no_grad()
def test_zero_weights_for_motion_are_the_network_without() -> None:
    both, none = _with_motion("both", 6), _with_motion("none", 3)
    weights = none.state_dict()
    stem = weights["backbone_3d.conv1.weight"]
    weights["backbone_3d.conv1.weight"] = torch.cat([stem, stem * 0], dim=1)
    both.load_state_dict(weights)
    clip = torch.rand(1, 3, 8, 64, 64)
    assert torch.allclose(both(clip)[1], none(clip)[1], atol=1e-6)


def test_unknown_motion_input() -> None:
    with pytest.raises(ValueError, match="motion_input must be one of"):
        _with_motion("flow", 3)
