import torch

from stal_plugin.models.links.layers import (
    adapter,
    bottleneck,
    conv_bn_relu,
    kaiming_init,
    zero_gate,
)


def test_conv_bn_relu_keeps_the_size_unless_told():
    x = torch.rand(2, 3, 4, 5, 5)
    assert conv_bn_relu(3, 6)(x).shape == (2, 6, 4, 5, 5)
    assert conv_bn_relu(3, 6, stride_t=2, pad_t=0)(x).shape == (2, 6, 1, 5, 5)
    assert conv_bn_relu(3, 6)(x).min() == 0


def test_bottleneck_goes_through_half_of_the_channels():
    shapes = [tuple(p.shape) for p in bottleneck(3, 8).parameters() if p.ndim == 5]
    assert shapes == [(4, 3, 3, 3, 3), (8, 4, 3, 3, 3)]


def test_gate_and_adapter_only_where_needed():
    assert zero_gate(3, True).tolist() == [0, 0, 0]
    assert zero_gate(3, False) is None
    assert list(adapter(4, 4).parameters()) == []
    assert [tuple(p.shape) for p in adapter(4, 6).parameters()] == [(6, 4, 1, 1, 1)]


def test_kaiming_init_has_the_variance_of_the_fan_out_and_closes_the_gate():
    torch.manual_seed(0)
    conv, gate = conv_bn_relu(32, 64), torch.nn.Parameter(torch.ones(2))
    kaiming_init(conv, gate)
    assert abs(conv[0].weight.var() / (2 / (64 * 27)) - 1) < 0.03
    assert gate.tolist() == [0, 0]
