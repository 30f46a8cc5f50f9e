"""Detect actions in files and live streams."""

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.action_events import ActionEvent, ActionEvents
from stal_plugin.apis.actor_engine import ActorEngine
from stal_plugin.apis.engine import Engine
from stal_plugin.apis.engines import SharedHeatmaps, WholeModel, choose_engine
from stal_plugin.apis.frame_result import FrameResult, draw_result
from stal_plugin.apis.line_files import JsonlFile, PredictionFile
from stal_plugin.apis.outputs import Outputs
from stal_plugin.apis.shared_branches import SharedBranches, StreamedClip
from stal_plugin.apis.stream_result import StreamResult

__all__ = [
    "ActionDetector",
    "ActionEvent",
    "ActionEvents",
    "ActorEngine",
    "Engine",
    "FrameResult",
    "JsonlFile",
    "Outputs",
    "PredictionFile",
    "SharedBranches",
    "SharedHeatmaps",
    "StreamResult",
    "StreamedClip",
    "WholeModel",
    "choose_engine",
    "draw_result",
]
