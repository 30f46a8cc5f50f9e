from collections.abc import Callable

import pytest
from mmdet.models.detectors import SingleStageDetector
from mmengine.config import ConfigDict
from torch import nn

from stal_plugin.apis import SharedBranches, SharedHeatmaps, WholeModel, choose_engine
from stal_plugin.apis.clip_sampling import ClipRing, ClipSampling
from stal_plugin.models.detectors import Center3D
from stal_plugin.registry import MODELS

LINK = {"stages": [("stage2", "layer1")], "type": "stal_plugin.Conv3dLink"}


def _kind(model: nn.Module) -> type:
    return type(choose_engine(model, ClipRing(ClipSampling(2)), 1))


@pytest.mark.parametrize(
    ("direction", "kind"),
    [
        (None, SharedBranches),
        ("2d_to_3d", SharedBranches),
        ("3d_to_2d", WholeModel),
        ("both", WholeModel),
    ],
)
def test_branches_are_shared_unless_2d_needs_3d(
    settings: Callable, direction: str | None, kind: type
) -> None:
    links = direction and [{**LINK, "direction": direction}]
    model = MODELS.build(ConfigDict(settings(links=links)["model"]))
    assert model.backbone.is_linked == bool(direction)
    assert _kind(model) is kind


def test_center3d_shares_heatmaps_unless_changed(center3d: Callable) -> None:
    model = center3d()
    assert _kind(model) is SharedHeatmaps
    changed = {"forward": lambda self, *args, **kwargs: None}
    model.__class__ = type("Changed", (Center3D,), changed)
    assert _kind(model) is WholeModel


@pytest.mark.parametrize("name", ["predict", "extract_feat"])
def test_other_models_run_as_a_whole(settings: Callable, name: str) -> None:
    assert _kind(nn.Identity()) is WholeModel
    model = MODELS.build(ConfigDict(settings()["model"]))
    changed = {name: lambda self, *args, **kwargs: None}
    model.__class__ = type("Changed", (SingleStageDetector,), changed)
    assert _kind(model) is WholeModel
