"""Heads: prediction layers, their losses and their results."""

from stal_plugin.models.dense_heads.actor_head import ActorHead
from stal_plugin.models.dense_heads.center3d_head import Center3DHead
from stal_plugin.models.dense_heads.decoupled_head import DecoupledHead
from stal_plugin.models.dense_heads.objectness_yolov3_head import ObjectnessYOLOV3Head
from stal_plugin.models.dense_heads.roi_class_decoupled_head import (
    RoIClassDecoupledHead,
)
from stal_plugin.models.dense_heads.roi_class_yowo_head import RoIClassYOWOHead
from stal_plugin.models.dense_heads.yowo_head import YOWOHead

__all__ = [
    "ActorHead",
    "Center3DHead",
    "DecoupledHead",
    "ObjectnessYOLOV3Head",
    "RoIClassDecoupledHead",
    "RoIClassYOWOHead",
    "YOWOHead",
]
