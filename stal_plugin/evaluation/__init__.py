"""Metrics: plain functions on arrays, and the registered wrappers around them."""

from stal_plugin.evaluation.candidate_boxes import candidate_boxes, one_row_per_box
from stal_plugin.evaluation.class_ap import ClassAP
from stal_plugin.evaluation.detections import Detections
from stal_plugin.evaluation.error_breakdown import ErrorBreakdown, error_breakdown
from stal_plugin.evaluation.filtering import filter_detections
from stal_plugin.evaluation.frame_ap import drop_unlabelled_frames, frame_ap
from stal_plugin.evaluation.frame_details import FrameDetails
from stal_plugin.evaluation.frame_map import FrameMAP
from stal_plugin.evaluation.frame_scores import FrameScores, frame_scores
from stal_plugin.evaluation.greedy_linker import GREEDY_RULES, GreedyRule, greedy_tubes
from stal_plugin.evaluation.ground_truth import GroundTruth
from stal_plugin.evaluation.ground_truth_tubes import ground_truth_tubes
from stal_plugin.evaluation.localization import (
    LocalizationScores,
    localization_scores,
)
from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.evaluation.online_tubes import online_tubes
from stal_plugin.evaluation.protocol import PROTOCOLS, Protocol, get_protocol
from stal_plugin.evaluation.size_ap import size_ap
from stal_plugin.evaluation.suppression import suppress_overlaps
from stal_plugin.evaluation.track import Track
from stal_plugin.evaluation.tube_iou import suppress_tubes, tube_overlaps
from stal_plugin.evaluation.tubes import Tubes
from stal_plugin.evaluation.video_ap import video_ap
from stal_plugin.evaluation.video_map import VideoMAP
from stal_plugin.evaluation.viterbi_linker import viterbi_tubes

__all__ = [
    "GREEDY_RULES",
    "PROTOCOLS",
    "ClassAP",
    "Detections",
    "ErrorBreakdown",
    "FrameDetails",
    "FrameMAP",
    "FrameScores",
    "GreedyRule",
    "GroundTruth",
    "LocalizationScores",
    "OnlineLinker",
    "Protocol",
    "Track",
    "Tubes",
    "VideoMAP",
    "candidate_boxes",
    "drop_unlabelled_frames",
    "error_breakdown",
    "filter_detections",
    "frame_ap",
    "frame_scores",
    "get_protocol",
    "greedy_tubes",
    "ground_truth_tubes",
    "localization_scores",
    "one_row_per_box",
    "online_tubes",
    "size_ap",
    "suppress_overlaps",
    "suppress_tubes",
    "tube_overlaps",
    "video_ap",
    "viterbi_tubes",
]
