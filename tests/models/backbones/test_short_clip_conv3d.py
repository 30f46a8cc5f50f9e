import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from stal_plugin.models.backbones.short_clip_conv3d import ShortClipConv3d


def _pair(**kwargs) -> tuple[ShortClipConv3d, nn.Conv3d]:
    torch.manual_seed(0)
    ours, plain = ShortClipConv3d(3, 4, **kwargs), nn.Conv3d(3, 4, **kwargs)
    plain.load_state_dict(ours.state_dict())
    return ours.double(), plain.double()


@example(frames=1, size=1, stride=3, pad=1, bias=True)  # padding alone
@settings(max_examples=200, deadline=None)
@given(
    frames=st.integers(1, 5),
    size=st.integers(1, 5),
    stride=st.integers(1, 3),
    pad=st.integers(0, 3),
    bias=st.booleans(),
)
def test_outputs_and_gradients_of_the_plain_convolution(
    frames: int, size: int, stride: int, pad: int, bias: bool
) -> None:
    if frames + 2 * pad < size:
        return
    ours, plain = _pair(
        kernel_size=(size, 3, 3),
        stride=(stride, 2, 1),
        padding=(pad, 1, 1),
        bias=bias,
    )
    clips = [torch.randn(2, 3, frames, 6, 5).double() for _ in range(2)]
    clips[1].copy_(clips[0])
    outputs = [
        conv(clip.requires_grad_())
        for conv, clip in zip((ours, plain), clips, strict=True)
    ]
    torch.testing.assert_close(*outputs)
    for output in outputs:
        (output * torch.arange(output.numel()).view_as(output)).sum().backward()
    torch.testing.assert_close(clips[0].grad, clips[1].grad)
    torch.testing.assert_close(ours.weight.grad, plain.weight.grad)


def _work(conv: nn.Conv3d, frames: int) -> int:
    with FlopCounterMode(display=False) as counter:
        conv(torch.randn(1, 3, frames, 8, 8).double())
    return counter.get_total_flops()


@pytest.mark.parametrize(
    ("frames", "stride", "share"), [(1, 1, 3), (1, 2, 3), (2, 2, 1.5), (2, 1, 1)]
)
def test_work_that_is_saved(frames: int, stride: int, share: float) -> None:
    ours, plain = _pair(kernel_size=3, stride=(stride, 1, 1), padding=1)
    assert _work(plain, frames) == share * _work(ours, frames)


@pytest.mark.parametrize("kwargs", [{"padding": "same"}, {"padding_mode": "circular"}])
def test_other_kinds_of_padding_are_left_alone(kwargs: dict) -> None:
    ours, plain = _pair(kernel_size=3, **{"padding": 1, **kwargs})
    clip = torch.randn(1, 3, 1, 4, 4).double()
    torch.testing.assert_close(ours(clip), plain(clip))


def test_dilated_taps_are_left_alone() -> None:
    ours, plain = _pair(kernel_size=3, padding=2, dilation=2)
    clip = torch.randn(1, 3, 1, 5, 5).double()
    torch.testing.assert_close(ours(clip), plain(clip))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_bfloat16_gradients_equal_those_of_fp32(frames: int, stride: int) -> None:
    """What ``SafeConv3d`` mends stays mended: see ``compat/safe_conv3d.py``."""
    torch.manual_seed(0)
    conv = ShortClipConv3d(16, 16, 3, stride=stride, padding=1)
    clip, gradients = torch.randn(2, 16, frames, 7, 7), []
    for autocast in (False, True):
        conv.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            conv(clip).float().square().sum().backward()
        assert conv.weight.grad is not None
        gradients.append(conv.weight.grad.clone())
    assert (gradients[0] - gradients[1]).norm() < 0.02 * gradients[0].norm()


def test_a_clip_shorter_than_the_kernel_is_an_error_as_in_torch() -> None:
    ours, _ = _pair(kernel_size=5, padding=(1, 2, 2))
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        ours(torch.randn(1, 3, 1, 8, 8).double())
