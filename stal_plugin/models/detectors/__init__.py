"""Detectors: whole networks, from the batch to losses and detections."""

from stal_plugin.models.detectors.action_classifier import ActionClassifier
from stal_plugin.models.detectors.actor_detector import ActorDetector
from stal_plugin.models.detectors.center3d import Center3D
from stal_plugin.models.detectors.clip_detector import ClipDetector
from stal_plugin.models.detectors.key_frame_detector import KeyFrameDetector
from stal_plugin.models.detectors.person_detector import PersonDetector

__all__ = [
    "ActionClassifier",
    "ActorDetector",
    "Center3D",
    "ClipDetector",
    "KeyFrameDetector",
    "PersonDetector",
]
