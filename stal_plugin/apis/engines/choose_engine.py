"""Find the engine that suits a model."""

from typing import Any

from mmdet.models.detectors import SingleStageDetector

from stal_plugin.apis.clip_ring import ClipRing
from stal_plugin.apis.engines.engine import Engine
from stal_plugin.apis.engines.shared_branches import SharedBranches
from stal_plugin.apis.engines.whole_model import WholeModel
from stal_plugin.models.backbones import LinkNet


def choose_engine(model: Any, ring: ClipRing, stride: int) -> Engine:
    """Share work between frames where the model allows it, else run it as a whole.

    Links between the branches do not allow it: the 3D branch then needs the 2D
    features of the same frame.

    Args:
        model: The network.
        ring: Holds the frames.
        stride: The 3D branch, or the whole network, runs on every n-th frame.
    """
    return (SharedBranches if can_share(model) else WholeModel)(model, ring, stride)


def can_share(model: Any) -> bool:
    """Tell whether the branches of a model can run apart from each other."""
    if not isinstance(model, SingleStageDetector):
        return False
    kind = type(model)
    unchanged = (
        kind.predict is SingleStageDetector.predict
        and kind.extract_feat is SingleStageDetector.extract_feat
    )
    backbone = model.backbone
    return unchanged and isinstance(backbone, LinkNet) and not backbone.is_linked
