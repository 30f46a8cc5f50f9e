from collections.abc import Callable

import pytest
from mmdet.models.detectors import SingleStageDetector
from mmengine.config import ConfigDict
from torch import nn

from stal_plugin.apis.clip_ring import ClipRing
from stal_plugin.apis.clip_sampling import ClipSampling
from stal_plugin.apis.engines import SharedBranches, WholeModel, choose_engine
from stal_plugin.registry import MODELS

LINKS = [
    {
        "stages": [("stage2", "layer1")],
        "type": "stal_plugin.ExpandLink",
    }
]


def _kind(model: nn.Module) -> type:
    return type(choose_engine(model, ClipRing(ClipSampling(2)), 1))


def test_branches_are_shared_unless_linked(settings: Callable) -> None:
    assert _kind(MODELS.build(ConfigDict(settings()["model"]))) is SharedBranches
    linked = MODELS.build(ConfigDict(settings(links=LINKS)["model"]))
    assert linked.backbone.is_linked
    assert _kind(linked) is WholeModel


@pytest.mark.parametrize("name", ["predict", "extract_feat"])
def test_other_models_run_as_a_whole(settings: Callable, name: str) -> None:
    assert _kind(nn.Identity()) is WholeModel
    model = MODELS.build(ConfigDict(settings()["model"]))
    changed = {name: lambda self, *args, **kwargs: None}
    model.__class__ = type("Changed", (SingleStageDetector,), changed)
    assert _kind(model) is WholeModel
