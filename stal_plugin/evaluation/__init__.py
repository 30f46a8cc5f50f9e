"""Metrics, protocols and linkers: plain functions on arrays.

The registered ``FrameMAP`` and ``VideoMAP`` wrap them. They need mmengine and torch, so
they are imported from their own modules only, by the registry or by name.
"""

from stal_plugin.evaluation.average_precision import ClassAP
from stal_plugin.evaluation.error_breakdown import ErrorBreakdown, error_breakdown
from stal_plugin.evaluation.frame_ap import drop_unlabelled_frames, frame_ap, size_ap
from stal_plugin.evaluation.frame_scores import FrameDetails, FrameScores, frame_scores
from stal_plugin.evaluation.greedy_linker import GREEDY_RULES, GreedyRule, greedy_tubes
from stal_plugin.evaluation.localization import (
    LocalizationScores,
    candidate_boxes,
    localization_scores,
    one_row_per_box,
)
from stal_plugin.evaluation.online_linker import OnlineLinker
from stal_plugin.evaluation.online_tubes import online_tubes
from stal_plugin.evaluation.protocol import PROTOCOLS, Protocol, get_protocol
from stal_plugin.evaluation.protocol_comparison import filter_detections
from stal_plugin.evaluation.track_table import Track
from stal_plugin.evaluation.video_ap import ground_truth_tubes, video_ap
from stal_plugin.evaluation.viterbi_linker import viterbi_tubes

__all__ = [
    "GREEDY_RULES",
    "PROTOCOLS",
    "ClassAP",
    "ErrorBreakdown",
    "FrameDetails",
    "FrameScores",
    "GreedyRule",
    "LocalizationScores",
    "OnlineLinker",
    "Protocol",
    "Track",
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
    "video_ap",
    "viterbi_tubes",
]
