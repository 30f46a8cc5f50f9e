import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from stal_plugin.compat.safe_conv3d import SafeConv3d


class Recorder(TorchDispatchMode):
    """Note type, frames and temporal padding of each convolution that is run."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten.convolution.default:
            self.calls.append((args[0].dtype, args[0].shape[2], args[4][0]))
        return func(*args, **(kwargs or {}))


def gradients(layer, x, autocast):
    x = x.clone().requires_grad_()
    layer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        y = layer(x)
    y.float().square().sum().backward()
    return y.float().detach(), x.grad, layer.weight.grad.clone()


def twins(**kwargs):
    plain = nn.Conv3d(16, 16, **{"kernel_size": 3, "padding": 1, **kwargs})
    safe = SafeConv3d(16, 16, **{"kernel_size": 3, "padding": 1, **kwargs})
    safe.load_state_dict(plain.state_dict())  # same keys
    return plain, safe


CASES = [
    {},
    {"stride": 2},
    {"stride": (1, 2, 2), "bias": False},
    {"kernel_size": (3, 1, 1), "padding": (1, 0, 0)},
    {"kernel_size": (1, 3, 3), "padding": (0, 1, 1)},
    {"kernel_size": 7, "padding": 3},
    {"dilation": 2, "padding": 2},
    {"groups": 4},
    {"padding": "same"},
    {"padding": "same", "kernel_size": (3, 2, 1), "dilation": (1, 2, 1)},
    {"padding": "valid", "kernel_size": (1, 3, 3)},
    {"padding_mode": "replicate"},
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_fp32_is_the_plain_layer_exactly(case, frames):
    plain, safe = twins(**case)
    x = torch.randn(2, 16, frames, 7, 7)
    for a, b in zip(gradients(plain, x, False), gradients(safe, x, False), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_bfloat16_gradients_equal_those_of_fp32(case, frames):
    """Fails with ``nn.Conv3d`` where oneDNN has the fault (AVX-512 and newer)."""
    plain, safe = twins(**case)
    x = torch.randn(2, 16, frames, 7, 7)
    junk = [torch.full((16, 16, 27), 1e30) for _ in range(20)]
    del junk  # what uninitialised memory would hold
    for a, b in zip(gradients(plain, x, False), gradients(safe, x, True), strict=True):
        assert (a - b).norm() < 0.02 * a.norm()


@pytest.mark.parametrize("how", ["autocast", "bfloat16 layer"])
def test_onednn_never_gets_bfloat16_with_temporal_padding(how):
    """Fails with ``nn.Conv3d`` on every machine."""

    def run(layer):
        x = torch.randn(1, 16, 2, 5, 5)
        with torch.autocast("cpu", torch.bfloat16, enabled=how == "autocast"):
            if how == "bfloat16 layer":
                layer, x = layer.bfloat16(), x.bfloat16()
            with Recorder() as recorder:
                layer(x)
        return recorder.calls

    plain, safe = twins()
    assert run(plain) == [(torch.bfloat16, 2, 1)]
    assert run(safe) == [(torch.bfloat16, 4, 0)]


def test_fp32_under_disabled_autocast_is_not_padded():
    _, safe = twins()
    with Recorder() as recorder:
        safe(torch.randn(1, 16, 2, 5, 5))
    assert recorder.calls == [(torch.float32, 2, 1)]


def test_hand_computed_time_padding():
    layer = SafeConv3d(1, 1, (3, 1, 1), padding=(1, 0, 0), bias=False).bfloat16()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, 2.0, 4.0]).view(1, 1, 3, 1, 1))
    x = torch.tensor([1.0, 3.0]).view(1, 1, 2, 1, 1).bfloat16()
    # 0*1 + 1*2 + 3*4 = 14 and 1*1 + 3*2 + 0*4 = 7
    assert layer(x).flatten().tolist() == [14.0, 7.0]
    assert F.conv3d(x, layer.weight, padding=(1, 0, 0)).flatten().tolist() == [14, 7]
