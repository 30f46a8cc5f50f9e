"""Detectors: whole networks, from the batch to losses and detections."""

from stal_plugin.models.detectors.key_frame_detector import KeyFrameDetector

__all__ = ["KeyFrameDetector"]
