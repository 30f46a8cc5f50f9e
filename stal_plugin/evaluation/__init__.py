"""Metrics: plain functions on arrays, and the registered wrappers around them."""

from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.frame_ap import FrameAP, drop_unlabelled_frames, frame_ap
from stal_plugin.evaluation.frame_map import FrameMAP
from stal_plugin.evaluation.ground_truth import GroundTruth
from stal_plugin.evaluation.localization import (
    LocalizationScores,
    localization_scores,
    one_row_per_box,
)
from stal_plugin.evaluation.suppression import suppress_overlaps

__all__ = [
    "Detections",
    "FrameAP",
    "FrameMAP",
    "GroundTruth",
    "LocalizationScores",
    "drop_unlabelled_frames",
    "frame_ap",
    "localization_scores",
    "one_row_per_box",
    "suppress_overlaps",
]
