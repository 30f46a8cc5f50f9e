import copy

import torch
from mmcv.cnn import ConvModule
from torch import nn

from stal_plugin.models.detectors.fused_copy import fused_copy


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    norm = {"type": "BN"}
    network = nn.Sequential(
        ConvModule(3, 8, 3, norm_cfg=norm, act_cfg={"type": "Swish"}),
        ConvModule(8, 4, 1, norm_cfg=norm, act_cfg={"type": "Swish"}),
    )
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return network.eval()


def test_copy_gives_the_same_without_batch_norm_and_leaves_the_network_alone() -> None:
    network = _network()
    before = copy.deepcopy(network.state_dict())
    fused = fused_copy(network)
    images = torch.randn(2, 3, 9, 9)
    assert torch.allclose(fused(images), network(images), atol=1e-5)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in fused.modules())
    assert sum(isinstance(m, nn.SiLU) for m in fused.modules()) == 2
    assert sum(isinstance(m, nn.BatchNorm2d) for m in network.modules()) == 2
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
