"""MoViNet: whole clips and streams. The published weights: test_movinet_parity.py."""

import pytest
import torch
from torch import Tensor, nn

from stal_plugin.models.backbones import MoViNet
from stal_plugin.models.backbones.movinet import State

SIZE = (45, 60)  # of neither side all halves are even, or odd
STAGES = ("stem", "block0", "block1", "block2", "block3", "block4", "project")
VARIANTS = [
    {},
    {"se_type": "3d", "activation": "swish"},
    {"se_type": "none", "activation": "relu6"},
]


def _net(**kwargs: object) -> MoViNet:
    """Build a network in which nothing is zero or the identity."""
    net = MoViNet(**kwargs)
    for name, tensor in net.state_dict().items():
        if name.endswith("rezero"):
            nn.init.uniform_(tensor, 0.5, 1)
        elif name.endswith("running_var"):
            nn.init.uniform_(tensor, 0.2, 1)
        elif name.endswith(("running_mean", "bn.bias", "norm.bias")):
            nn.init.uniform_(tensor, -0.5, 0.5)
    return net.eval()


def _streamed(net: MoViNet, clip: Tensor, state: State) -> tuple[Tensor, ...]:
    """Maps of all frames, given one by one."""
    steps = []
    for frame in clip.unbind(2):
        maps, state = net.step(frame, state)
        steps.append(maps if isinstance(maps, tuple) else (maps,))
    return tuple(torch.stack(maps, 2) for maps in zip(*steps, strict=True))


@torch.no_grad()
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_stream_gives_the_maps_of_the_whole_video(variant: dict) -> None:
    net = _net(out_stages=STAGES, **variant)
    clip = torch.rand(2, 3, 9, *SIZE)
    whole = net(clip)
    assert [m.shape[1] for m in whole] == [8, 8, 32, 56, 56, 104, 480]
    assert [(m.shape[3], m.shape[4]) for m in whole] == [
        (23, 30),
        (12, 15),
        (6, 8),
        (3, 4),
        (3, 4),
        (2, 2),
        (2, 2),
    ]
    streamed = _streamed(net, clip, net.stream_state(2, SIZE))
    for name, a, b in zip(STAGES, streamed, whole, strict=True):
        assert b.abs().max() > 0.1, name
        assert b[:, :, 3:].sub(b[:, :, :1]).abs().max() > 1e-3 or name == "stem"
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5, msg=name)


@torch.no_grad()
def test_pieces_of_any_length_give_the_same() -> None:
    net = _net()
    clip = torch.rand(1, 3, 9, *SIZE)
    state, maps = net.stream_state(1, SIZE), []
    for piece in clip.split([1, 5, 2, 1], 2):
        part, state = net.stream(piece, state)
        maps.append(part)
    torch.testing.assert_close(torch.cat(maps, 2), net(clip), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_stages_run_one_by_one() -> None:
    """As links between two branches need it."""
    net = _net()
    clip = torch.rand(1, 3, 4, *SIZE)
    parts = net.state_slices()
    assert tuple(parts) == STAGES
    state, maps = net.stream_state(1, SIZE), []
    assert parts["project"].stop == len(state)
    for frame in clip.split(1, 2):
        x, new = frame, list(state)
        for name, part in parts.items():
            x, new[part] = net.stream_stage(name, x, state[part])
        state = tuple(new)
        maps.append(x)
    torch.testing.assert_close(torch.cat(maps, 2), net(clip), atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("causal", [True, False])
def test_only_causal_networks_do_not_see_the_future(causal: bool) -> None:
    net = _net(causal=causal)
    clip = torch.rand(1, 3, 8, 32, 32)
    other = clip.clone()
    other[:, :, 5:] = torch.rand(1, 3, 3, 32, 32)
    a, b = net(clip), net(other)
    assert not torch.allclose(a[:, :, 5], b[:, :, 5], atol=1e-3)
    # the kernels of a base network reach far, and it weighs channels by the whole clip
    assert torch.equal(a[:, :, :5], b[:, :, :5]) == causal


@torch.no_grad()
def test_rows_of_a_state_are_videos() -> None:
    net = _net()
    clip = torch.rand(3, 3, 5, *SIZE)
    state = net.stream_state(3, SIZE)
    assert all(not tensor.any() for tensor in state)
    for frame in clip.unbind(2):
        _, state = net.step(frame, state)
    kept = tuple(tensor.clone() for tensor in state)
    frame = torch.rand(3, 3, *SIZE)
    both, new = net.step(frame, state)
    assert all(torch.equal(a, b) for a, b in zip(state, kept, strict=True))
    assert [t.shape for t in new] == [t.shape for t in state]
    # a row alone, in another order, and one that starts again
    rows = torch.tensor([2, 0])
    chosen = tuple(tensor[rows] for tensor in state)
    alone, _ = net.step(frame[rows], chosen)
    torch.testing.assert_close(alone, both[rows], atol=1e-5, rtol=1e-5)
    fresh = tuple(tensor.clone() for tensor in state)
    for tensor in fresh:
        tensor[1] = 0
    reset, _ = net.step(frame, fresh)
    torch.testing.assert_close(reset[[0, 2]], both[[0, 2]], atol=1e-5, rtol=1e-5)
    first = net(frame[1:2, :, None])[:, :, 0]
    torch.testing.assert_close(reset[1:2], first, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(both[1:2], first, atol=1e-3)


@torch.no_grad()
def test_a_network_in_half_precision_keeps_the_types_of_its_state() -> None:
    net = _net().bfloat16()
    state = net.stream_state(1, (32, 32))
    feature, new = net.step(torch.rand(1, 3, 32, 32).bfloat16(), state)
    assert feature.dtype == torch.bfloat16
    assert [t.dtype for t in new] == [t.dtype for t in state]
    assert {t.dtype for t in state} == {torch.bfloat16, torch.float32}


@pytest.mark.parametrize("causal", [True, False])
def test_every_weight_is_trained(causal: bool) -> None:
    net = _net(causal=causal).train()
    net(torch.rand(1, 3, 6, 32, 32)).square().mean().backward()
    grads = {name: p.grad for name, p in net.named_parameters()}
    assert [name for name, g in grads.items() if g is None or not g.any()] == []


# With 2.21 M of the classifier of 600 classes A0-base has the published 3.1 M. The
# int8 stream has 2.72 M, see the README of the file: there a bias stands for the two
# parameters of a batch norm.
@pytest.mark.parametrize(
    ("arch", "variant", "count"),
    [
        ("A0", {"causal": False}, 897_311),
        ("A0", {}, 1_533_543),
        ("A0", {"se_type": "none"}, 517_895),
        ("A1", {"causal": False}, 2_230_048),
        ("A1", {}, 3_987_104),
        ("A2", {"causal": False}, 2_707_394),
        ("A2", {}, 4_784_794),
    ],
)
def test_sizes(arch: str, variant: dict, count: int) -> None:
    with torch.device("meta"):
        net = MoViNet(arch, **variant)
    assert sum(p.numel() for p in net.parameters()) == count


def test_a_new_network_adds_nothing_in_its_blocks() -> None:
    """ReZero: only the stem, the shortcuts and the last layer act at first."""
    net = MoViNet().eval()
    x = torch.rand(1, 3, 2, 32, 32)
    for stage in STAGES[:4]:
        x = net.run_stage(stage, x)
    assert torch.equal(net.run_stage("block3", x), x)


def test_folded_batch_norm_is_kept_in_training() -> None:
    clip = torch.rand(2, 3, 3, 32, 32)
    net = _net()
    expected = net(clip)
    assert torch.equal(net.train()(clip), expected)
    assert net.training
    net = _net(norm_eval=False).train()
    before = net.stem.bn.running_mean.clone()
    net(clip)
    assert not torch.equal(net.stem.bn.running_mean, before)


def test_frozen_stages_do_not_learn() -> None:
    net = _net(norm_eval=False, frozen_stages=3).train()
    mean = net.block1[0].expansion.bn.running_mean.clone()
    net(torch.rand(2, 3, 3, 32, 32)).sum().backward()
    assert torch.equal(net.block1[0].expansion.bn.running_mean, mean)
    frozen = ("stem.", "block0.", "block1.")
    learns = {name for name, p in net.named_parameters() if p.grad is not None}
    expected = {n for n, _ in net.named_parameters() if not n.startswith(frozen)}
    assert learns == expected
    free = _net(norm_eval=False).train()
    assert all(p.requires_grad for p in free.parameters())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"frozen_stages": 8}, r"frozen_stages must be one of \[0, .*, 7\], got 8"),
        ({"arch": "A6"}, r"arch must be one of \['A0', 'A1', 'A2'\], got 'A6'"),
        ({"activation": "gelu"}, "activation must be one of .*, got 'gelu'"),
        ({"se_type": "2d"}, "se_type must be one of .*, got '2d'"),
        ({"out_stages": ("layer1",)}, "out_stages must be one of .*'stem'.*'layer1'"),
    ],
)
def test_wrong_arguments(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MoViNet(**wrong)


def test_a_base_network_cannot_stream() -> None:
    with pytest.raises(ValueError, match=r"cannot stream, set causal=True"):
        MoViNet(causal=False).stream_state(1)
