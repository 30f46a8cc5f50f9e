"""Detectors: whole networks, from the batch to losses and detections."""

from stal_plugin.models.detectors.action_classifier import ActionClassifier
from stal_plugin.models.detectors.center3d import Center3D
from stal_plugin.models.detectors.clip_detector import ClipDetector
from stal_plugin.models.detectors.key_frame_detector import KeyFrameDetector

__all__ = [
    "ActionClassifier",
    "Center3D",
    "ClipDetector",
    "KeyFrameDetector",
]
