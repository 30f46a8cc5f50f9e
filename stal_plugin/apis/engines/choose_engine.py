"""Find the engine that suits a model."""

from typing import Any

from mmdet.models.detectors import SingleStageDetector

from stal_plugin.apis.clip_ring import ClipRing
from stal_plugin.apis.engines.engine import Engine
from stal_plugin.apis.engines.shared_branches import SharedBranches
from stal_plugin.apis.engines.shared_heatmaps import SharedHeatmaps
from stal_plugin.apis.engines.whole_model import WholeModel
from stal_plugin.models.backbones import LinkNet
from stal_plugin.models.detectors import Center3D


def choose_engine(model: Any, ring: ClipRing, stride: int) -> Engine:
    """Share work between frames where the model allows it, else run it as a whole.

    Links from the 3D to the 2D branch do not allow it: the 2D branch then needs the
    clip of its own frame.

    Args:
        model: The network.
        ring: Holds the frames.
        stride: The 3D branch, or the whole network, runs on every n-th frame.
    """
    kind: type[Engine] = WholeModel
    if _has_free_2d_branch(model):
        kind = SharedBranches
    elif isinstance(model, Center3D) and type(model).forward is Center3D.forward:
        kind = SharedHeatmaps
    return kind(model, ring, stride)


def _has_free_2d_branch(model: Any) -> bool:
    """Tell whether the 2D branch of a model can run without the 3D branch."""
    if not isinstance(model, SingleStageDetector):
        return False
    kind = type(model)
    unchanged = (
        kind.predict is SingleStageDetector.predict
        and kind.extract_feat is SingleStageDetector.extract_feat
    )
    backbone = model.backbone
    return unchanged and isinstance(backbone, LinkNet) and not backbone.is_linked_to_2d
