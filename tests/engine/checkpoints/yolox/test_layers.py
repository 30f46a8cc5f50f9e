import pytest
import torch
from torch import nn

from stal_plugin.engine.checkpoints.yolox.layers import (
    SIZES,
    output_convolutions,
    yolox_convolutions,
    yolox_model,
)
from stal_plugin.registry import MODELS


@pytest.mark.parametrize("size", ["nano", "tiny", "s", "m", "x"])
def test_every_convolution_of_mmdet_is_named_once(size: str) -> None:
    with torch.device("meta"):
        model = MODELS.build(yolox_model(size, 80))
    theirs = {n for n, m in model.named_modules() if isinstance(m, nn.Conv2d)}
    layers = yolox_convolutions(size)
    ours = [f"{layer.name}.conv" if layer.norm else layer.name for layer in layers]
    assert len(ours) == len(set(ours))
    assert set(ours) == theirs
    assert len({layer.source for layer in layers}) == len(layers)


@pytest.mark.parametrize("size", [*SIZES])
def test_inputs_come_first_and_their_channels_add_up(size: str) -> None:
    with torch.device("meta"):
        model = MODELS.build(yolox_model(size, 80))
    channels: dict[str, int] = {}
    for layer in yolox_convolutions(size):
        module = model.get_submodule(layer.name)
        conv = module.conv if layer.norm else module
        total = [channels[name] for name in layer.inputs]
        if conv.groups > 1:
            assert conv.in_channels == conv.groups
        if not layer.inputs:
            assert conv.in_channels == 12  # four pixels of RGB
        elif ".stage4.1.conv2" in layer.name:  # itself and three poolings
            assert conv.in_channels == 4 * total[0]
        else:  # concatenated, or added to a sum
            sums = {sum(total), max(total), total[0] + total[-1]}
            assert conv.in_channels in sums
        channels[layer.name] = conv.out_channels
    assert set(output_convolutions()) <= set(channels)


def test_names_of_the_authors() -> None:
    names = {layer.source: layer.name for layer in yolox_convolutions("nano")}
    assert names["backbone.backbone.stem.conv"] == "backbone.stem.conv"
    for source, name in (
        ("backbone.backbone.dark2.0.dconv", "backbone.stage1.0.depthwise_conv"),
        (
            "backbone.backbone.dark3.1.m.2.conv2.pconv",
            "backbone.stage2.1.blocks.2.conv2",
        ),
        ("backbone.backbone.dark5.1.conv2", "backbone.stage4.1.conv2"),
        ("backbone.backbone.dark5.2.conv3", "backbone.stage4.2.final_conv"),
        ("backbone.lateral_conv0", "neck.reduce_layers.0"),
        ("backbone.C3_p3.conv1", "neck.top_down_blocks.1.main_conv"),
        ("backbone.bu_conv1.dconv", "neck.downsamples.1.depthwise_conv"),
        ("backbone.C3_n3.conv2", "neck.bottom_up_blocks.0.short_conv"),
        ("head.stems.2", "neck.out_convs.2"),
        ("head.reg_convs.1.0.pconv", "bbox_head.multi_level_reg_convs.1.0"),
        ("head.obj_preds.0", "bbox_head.multi_level_conv_obj.0"),
    ):
        assert names[source].startswith(name)
