import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stal_plugin.models.backbones.movinet_block import BlockShape, MoViNetBlock
from stal_plugin.models.backbones.movinet_layers import (
    CausalTimeConv,
    Conv3d,
    SqueezeExcite,
    conv2d,
    cumulative_mean,
    on_frames,
)


def test_cumulative_mean_by_hand() -> None:
    x = torch.tensor([[[2.0], [5.0]]])
    means, mean, count = cumulative_mean(x, torch.zeros(1, 1), torch.zeros(1, 1))
    assert means.tolist() == [[[2.0], [3.5]]]
    assert (mean.tolist(), count.tolist()) == ([[3.5]], [[2.0]])
    more, mean, count = cumulative_mean(torch.tensor([[[-1.0]]]), mean, count)
    assert more.tolist() == [[[2.0]]]
    assert (mean.tolist(), count.tolist()) == ([[2.0]], [[3.0]])


def test_each_row_has_its_own_count() -> None:
    x = torch.tensor([[[4.0]], [[4.0]]])
    mean, count = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]])
    means, _, counts = cumulative_mean(x, mean, count)
    assert means.flatten().tolist() == [4.0, 2.0]
    assert counts.flatten().tolist() == [1.0, 3.0]


def test_counts_go_on_in_half_precision() -> None:
    x = torch.ones(1, 300, 2, dtype=torch.bfloat16)
    means, mean, count = cumulative_mean(x, torch.zeros(1, 2), torch.zeros(1, 1))
    assert means.dtype == torch.bfloat16
    assert (mean.dtype, mean.tolist()) == (torch.float32, [[1.0, 1.0]])
    _, mean, count = cumulative_mean(x[:, :1] * 302, mean, count)
    assert (count.tolist(), mean.tolist()) == ([[301.0]], [[2.0, 2.0]])


def test_time_convolution_is_a_shifted_3d_convolution() -> None:
    layer = CausalTimeConv(3, 5)
    x = torch.rand(2, 7, 3, 4, 5)
    y, past = layer(x, torch.zeros(2, 4, 3, 4, 5))
    padded = F.pad(x.transpose(1, 2), (0, 0, 0, 0, 4, 0))
    expected = F.conv3d(padded, layer.weight, groups=3).transpose(1, 2)
    torch.testing.assert_close(y, expected)
    assert torch.equal(past, x[:, 3:])


def _same_padded(x: Tensor, kernel: int, value: float = 0) -> Tensor:
    """TensorFlow's "same" for stride 2, written down case by case."""
    even = {3: (0, 1), 5: (1, 2)}[kernel]
    odd = (kernel // 2, kernel // 2)
    pads = [odd if side % 2 else even for side in (x.shape[-1], x.shape[-2])]
    return F.pad(x, (*pads[0], *pads[1]), value=value)


@pytest.mark.parametrize("size", [(8, 8), (7, 7), (8, 7), (7, 10)])
@pytest.mark.parametrize("kernel", [3, 5])
def test_stride_two_pads_as_tensorflow(size: tuple[int, int], kernel: int) -> None:
    layer = conv2d(4, 4, kernel, 2, depthwise=True).eval()
    x = torch.rand(2, 4, *size)
    expected = F.conv2d(_same_padded(x, kernel), layer.conv.weight, stride=2, groups=4)
    torch.testing.assert_close(layer(x), expected / (1 + 1e-3) ** 0.5)


@pytest.mark.parametrize("size", [(8, 8), (7, 7), (8, 7)])
def test_3d_convolution_pads_space_as_tensorflow_and_time_evenly(
    size: tuple[int, int],
) -> None:
    layer = Conv3d(4, (3, 5), 2, "relu6").eval()
    x = torch.rand(2, 3, 4, *size)
    y, state = layer(x, None)
    padded = F.pad(_same_padded(x, 5).transpose(1, 2), (0, 0, 0, 0, 1, 1))
    expected = F.conv3d(padded, layer.conv.weight, stride=(1, 2, 2), groups=4)
    expected = (expected / (1 + 1e-3) ** 0.5).clamp(0, 6).transpose(1, 2)
    torch.testing.assert_close(y, expected)
    assert state == ()


@pytest.mark.parametrize("size", [(8, 8), (7, 7), (8, 7)])
def test_shortcut_is_the_mean_of_the_pixels_inside(size: tuple[int, int]) -> None:
    block = MoViNetBlock(2, BlockShape(3, 4, 1, 3, 2), True, "none", "relu6").eval()
    x = torch.rand(1, 2, 2, *size)
    total = F.avg_pool2d(_same_padded(x.flatten(0, 1), 3), 3, 2)
    share = F.avg_pool2d(_same_padded(torch.ones(1, 1, *size), 3), 3, 2)
    expected = on_frames(block.skip, (total / share).unflatten(0, (1, 2)))
    y, _ = block(x, None)  # what it adds is zero at first
    torch.testing.assert_close(y, expected)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("kind", ["3d", "2plus3d"])
def test_squeeze_excitation_by_its_formula(causal: bool, kind: str) -> None:
    layer = SqueezeExcite(16, causal, kind, "hard_swish")
    x = torch.rand(2, 3, 16, 4, 4)
    y, _ = layer(x, None)
    for t in range(3):
        now = x[:, t].mean((2, 3))
        seen = x[:, : t + 1] if causal else x
        pooled = seen.mean((1, 3, 4))
        if kind == "2plus3d":
            pooled = torch.cat([pooled, now], 1)
        hidden = F.hardswish(layer.reduce(pooled))
        scale = F.relu6(layer.expand(hidden) + 3) / 6
        torch.testing.assert_close(y[:, t], x[:, t] * scale[..., None, None])


def test_squeezed_channels_are_a_multiple_of_eight() -> None:
    sizes = [SqueezeExcite(c, True, "2plus3d", "swish") for c in (24, 80, 184, 344)]
    assert [s.reduce.out_features for s in sizes] == [16, 40, 96, 176]
    sizes = [SqueezeExcite(c, False, "3d", "swish") for c in (24, 80, 184, 344)]
    assert [s.reduce.out_features for s in sizes] == [8, 24, 48, 88]
    assert isinstance(sizes[0].gate, nn.Sigmoid)
