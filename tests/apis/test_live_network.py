from collections.abc import Callable

import torch
from torch import nn

from stal_plugin.apis.live_network import prepare_for_live


def _norms(model: nn.Module) -> int:
    kinds = (nn.BatchNorm2d, nn.BatchNorm3d)
    return sum(isinstance(module, kinds) for module in model.modules())


def test_results_stay_without_batch_norm(settings: Callable, tiny: Callable) -> None:
    for causal in (False, True):
        config = settings()
        config["model"]["backbone"]["backbone_3d"]["causal"] = causal
        model = tiny(config)
        clip = torch.randn(1, 3, 4, 64, 64)
        with torch.no_grad():
            (before,) = model(clip)
            count = _norms(model)
            assert prepare_for_live(model) == count > 30
            assert _norms(model) == 0
            (after,) = model(clip)
        torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-4)


def test_other_networks_stay(settings: Callable, tiny: Callable) -> None:
    assert prepare_for_live(nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3))) == 0
    model = tiny(settings())
    model.backbone = nn.Identity()
    assert prepare_for_live(model) == 0
