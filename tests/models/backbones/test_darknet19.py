import pytest
import torch
from torch import nn

from stal_plugin.models.backbones import Darknet19
from stal_plugin.models.backbones.stages import StagedRun


def _count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_full_network_has_the_published_size() -> None:
    # YOLOv2-COCO: 50.96 M parameters, of which 1024 * 425 + 425 in the output layer.
    assert _count(Darknet19(out_channels=425)) == 50_962_889
    assert _count(Darknet19()) == 50_962_889 - 1024 * 425 - 425


def test_layer_plan_is_yolov2() -> None:
    net = Darknet19(width=0.125)
    kernels = [m.kernel_size[0] for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert kernels == [3, 3, 3, 1, 3, 3, 1, 3, 3, 1, 3, 1, 3, 3, 1, 3, 1, 3, 3, 3, 1, 3]
    assert sum(isinstance(m, nn.MaxPool2d) for m in net.modules()) == 5


@pytest.mark.parametrize(("stride", "cells"), [(32, 2), (16, 4)])
def test_output_stride(stride: int, cells: int) -> None:
    net = Darknet19(width=0.125, output_stride=stride).eval()
    (out,) = net(torch.rand(1, 3, 64, 64))
    assert out.shape == (1, 128, cells, cells)


def test_stages_have_the_strides_of_the_links() -> None:
    net = Darknet19(width=0.125).eval()
    run = StagedRun(net, torch.rand(1, 3, 64, 64))
    run.finish()
    sizes = {n: (f.shape[1], 64 // f.shape[-1]) for n, f in run.features.items()}
    # Paper, figure 1: links after the stages of stride 4, 8 and 16.
    assert sizes["stage2"] == (8, 4)
    assert sizes["stage3"] == (16, 8)
    assert sizes["stage4"] == (32, 16)
    assert sizes["stage6"] == (128, 32)


def test_pass_through_carries_gradient() -> None:
    net = Darknet19(width=0.125)
    (out,) = net(torch.rand(2, 3, 64, 64))
    out.sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    assert net.passthrough.conv.weight.grad.abs().sum() > 0


def test_output_layer_is_linear() -> None:
    net = Darknet19(width=0.125, out_channels=7)
    (out,) = net(torch.rand(2, 3, 64, 64))
    assert out.shape[1] == 7
    assert isinstance(net.output, nn.Conv2d)
    assert net.output.bias is not None
    assert (out < 0).any()


def test_wrong_stride_is_named() -> None:
    with pytest.raises(ValueError, match="output_stride must be 16 or 32, got 8"):
        Darknet19(output_stride=8)
