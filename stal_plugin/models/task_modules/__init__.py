"""Anchors, target assignment and coding, outside the networks."""

from stal_plugin.models.task_modules.center_codec import CenterCodec
from stal_plugin.models.task_modules.kmeans_anchor_generator import (
    KMeansAnchorGenerator,
)
from stal_plugin.models.task_modules.yowo_assigner import YOWOAssigner

__all__ = [
    "CenterCodec",
    "KMeansAnchorGenerator",
    "YOWOAssigner",
]
