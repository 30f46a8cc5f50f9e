import torch

from stal_plugin.models.links.fitting import bottleneck, conv_bn_relu


def test_conv_bn_relu_keeps_the_size_unless_told():
    x = torch.rand(2, 3, 4, 5, 5)
    assert conv_bn_relu(3, 6)(x).shape == (2, 6, 4, 5, 5)
    assert conv_bn_relu(3, 6, stride_t=2, pad_t=0)(x).shape == (2, 6, 1, 5, 5)
    assert conv_bn_relu(3, 6)(x).min() == 0


def test_bottleneck_goes_through_half_of_the_channels():
    shapes = [tuple(p.shape) for p in bottleneck(3, 8).parameters() if p.ndim == 5]
    assert shapes == [(4, 3, 3, 3, 3), (8, 4, 3, 3, 3)]
