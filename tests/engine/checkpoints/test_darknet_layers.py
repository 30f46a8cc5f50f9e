from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stal_plugin.engine.checkpoints.darknet import (
    convolutions,
    count_values,
    take_tensors,
)
from stal_plugin.models.backbones import Darknet19
from stal_plugin.registry import MODELS

WIDTH = 0.125
OUT = 21


def _patches(x: Tensor) -> Tensor:
    """Position of the patch outermost, by loops."""
    _, channels, height, width = x.shape
    out = torch.zeros(1, 4 * channels, height // 2, width // 2)
    for q in range(4 * channels):
        place, c = divmod(q, channels)
        for y in range(height // 2):
            for z in range(width // 2):
                out[0, q, y, z] = x[0, c, 2 * y + place // 2, 2 * z + place % 2]
    return out


def test_yolov2_equals_a_network_built_by_hand(darknet_parts: Any) -> None:
    # Layers in the order of yolov2.cfg, an eighth as wide; "M" is a max-pool.
    plan = [(4, 3), "M", (8, 3), "M", (16, 3), (8, 1), (16, 3), "M", (32, 3), (16, 1)]
    plan += [(32, 3), "M", (64, 3), (32, 1), (64, 3), (32, 1), (64, 3)]
    top = [(128, 3), (64, 1), (128, 3), (64, 1), (128, 3), (128, 3), (128, 3)]
    channels, layers = 3, []
    for step in [*plan, "M", *top]:
        if step == "M":
            layers.append(lambda x: F.max_pool2d(x, 2))
        else:
            layers.append(darknet_parts.conv(channels, *step))
            channels = step[0]
    passed = darknet_parts.conv(64, 8, 1)
    fused = darknet_parts.conv(4 * 8 + 128, 128, 3)
    output = darknet_parts.linear(128, OUT)
    x = image = torch.rand(1, 3, 64, 96)
    for layer in layers[: len(plan)]:
        x = layer(x)
    fine = _patches(passed(x))
    for layer in layers[len(plan) :]:
        x = layer(x)
    expected = output(fused(torch.cat([fine, x], 1)))

    net = Darknet19(width=WIDTH, out_channels=OUT).eval()
    found = convolutions(net)
    values = darknet_parts.values()
    assert len(found) == 23
    assert count_values(found) == len(values)
    missing, unexpected = net.load_state_dict(take_tensors(values, found), strict=True)
    assert not missing
    assert not unexpected
    torch.testing.assert_close(net(image)[0], expected, rtol=1e-4, atol=1e-4)


def test_darknet53_equals_a_network_built_by_hand(darknet_parts: Any) -> None:
    net = MODELS.build({"type": "mmdet.Darknet", "out_indices": (2,)})
    net.eval()  # mmdet's returns None
    first = convolutions(net)[:9]
    steps = [darknet_parts.conv(3, 32, 3)]
    for channels, blocks in ((32, 1), (64, 2)):
        steps.append(darknet_parts.conv(channels, 2 * channels, 3))
        for _ in range(blocks):
            narrow = darknet_parts.conv(2 * channels, channels, 1)
            wide = darknet_parts.conv(channels, 2 * channels, 3)
            steps.append(lambda x, a=narrow, b=wide: x + b(a(x)))
    values = darknet_parts.values()
    assert count_values(first) == len(values)
    net.load_state_dict(take_tensors(values, first), strict=False)
    x = image = torch.rand(1, 3, 32, 32)
    for place, step in enumerate(steps):
        # mmdet halves the map by the stride of the convolution, so we do too.
        x = step(x)[..., ::2, ::2] if place in (1, 3) else step(x)
    torch.testing.assert_close(net(image)[0], x, rtol=1e-4, atol=1e-4)
