import pytest
import torch
from torch import nn

from stal_plugin.models.backbones.host_stages import stage_channels, stages_of
from stal_plugin.models.backbones.stages import StageRunner, run_stages
from stal_plugin.registry import MODELS


@pytest.mark.parametrize("deep_stem", [False, True])
def test_mmdet_resnet_walked_by_stages_equals_its_forward(deep_stem):
    config = {"type": "mmdet.ResNetV1d" if deep_stem else "mmdet.ResNet", "depth": 18}
    net = MODELS.build({**config, "base_channels": 8, "stem_channels": 8})
    net.eval()  # returns None
    assert net.deep_stem == deep_stem
    names = ("layer1", "layer2", "layer3", "layer4")
    assert stage_channels(net) == dict(zip(names, (8, 16, 32, 64), strict=True))
    x = torch.rand(1, 3, 64, 64)
    for a, b in zip(run_stages(stages_of(net, x)), net(x), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("with_pool2", [False, True])
def test_mmaction_resnet3d_walked_by_stages_equals_its_forward(with_pool2):
    net = MODELS.build(
        {
            "type": "mmaction.ResNet3d",
            "depth": 18,
            "pretrained": None,
            "base_channels": 8,
            "with_pool2": with_pool2,
            "out_indices": (1, 3),
            "norm_cfg": {"type": "BN3d"},
        }
    )
    net.eval()
    x = torch.rand(1, 3, 8, 64, 64)
    for a, b in zip(run_stages(stages_of(net, x)), net(x), strict=True):
        assert torch.equal(a, b)


def test_what_has_no_stages_is_refused():
    class Other(nn.Module):
        pass

    assert stage_channels(Other()) == {}
    assert stage_channels(None) == {}
    with pytest.raises(ValueError, match="Other has no stages to link"):
        stages_of(Other(), torch.zeros(1))


@pytest.mark.parametrize(
    ("config", "size"),
    [
        ({"type": "stal_plugin.Darknet19", "width": 0.0625}, (32, 32)),
        ({"type": "stal_plugin.ResNet3D18", "width": 0.0625}, (4, 32, 32)),
        ({"type": "mmdet.ResNet", "depth": 50, "base_channels": 4}, (32, 32)),
        (
            {
                "type": "mmaction.ResNet3d",
                "depth": 50,
                "pretrained": None,
                "base_channels": 4,
                "norm_cfg": {"type": "BN3d"},
            },
            (8, 32, 32),
        ),
    ],
    ids=lambda p: p["type"] if isinstance(p, dict) else "",
)
def test_channels_are_those_of_the_features(config, size):
    net = MODELS.build(config)
    net.eval()
    runner = StageRunner(stages_of(net, torch.rand(1, 3, *size)))
    seen = {}
    for name in stage_channels(net):
        runner.run_to(name)
        seen[name] = runner.feature.shape[1]
    assert seen == stage_channels(net)
