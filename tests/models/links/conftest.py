import pytest
import torch

from stal_plugin.registry import MODELS


@pytest.fixture
def build():
    def _build(kind: str, source: int = 4, target: int = 4, **kwargs):
        torch.manual_seed(0)
        config = dict(source_channels=source, target_channels=target, **kwargs)
        link = MODELS.build({"type": f"stal_plugin.{kind}", **config})
        link.init_weights()
        return link

    return _build


@pytest.fixture
def signal():
    """What an ungated link in evaluation mode adds to a clip of zeros."""

    def _signal(link, source: torch.Tensor, frames: int) -> torch.Tensor:
        height, width = source.shape[-2:]
        zeros = torch.zeros(len(source), source.shape[1], frames, height, width)
        with torch.no_grad():
            return link.eval()(source, zeros)

    return _signal


@pytest.fixture
def check_kind(build):
    """Check what every kind has to keep, in both directions."""

    def _check(kind: str) -> None:
        two, three = torch.rand(2, 4, 6, 6), torch.rand(2, 4, 4, 6, 6)
        for source, target in ((two, three), (three, two)):
            link = build(kind)
            assert torch.equal(link(source, target), target)  # closed gate
            source, target = source.clone().requires_grad_(), target.clone()
            torch.nn.init.ones_(link.gate)
            out = link(source, target.requires_grad_())
            assert out.shape == target.shape
            (out * torch.rand_like(out)).sum().backward()
            assert source.grad.abs().sum() > 0
            assert target.grad.abs().sum() > 0
            assert all(p.grad.abs().sum() > 0 for p in link.parameters())
        closed = build(kind)
        (closed(two, three) * torch.rand_like(three)).sum().backward()
        assert closed.gate.grad.abs().sum() > 0  # it can open
        ungated = build(kind, gated=False)
        assert ungated.gate is None
        assert not torch.equal(ungated(two, three), three)
        other = build(kind, source=4, target=6)
        assert other(two, torch.rand(2, 6, 4, 3, 3)).shape == (2, 6, 4, 3, 3)
        with pytest.raises(ValueError, match="made for 4 channels, but the stage"):
            other(torch.rand(2, 5, 6, 6), three)
        with pytest.raises(ValueError, match="6 channels to a stage of 4"):
            other(two, three)
        with pytest.raises(ValueError, match="frames must be one of"):
            build(kind, frames="first")

    return _check


@pytest.fixture
def macs():
    """Multiply-adds of a link's convolutions."""
    from torch.utils.flop_counter import FlopCounterMode

    def _macs(link, frames: int, size: int) -> int:
        source = torch.zeros(1, 4, size, size)
        target = torch.zeros(1, 4, frames, size, size)
        with FlopCounterMode(display=False) as counter:
            link.eval()(source, target)
        return counter.get_total_flops() // 2

    return _macs


@pytest.fixture
def count():
    def _count(link) -> int:
        return sum(p.numel() for p in link.parameters())

    return _count
