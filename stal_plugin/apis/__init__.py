"""Detect actions in files and live streams."""

from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.action_event import ActionEvent
from stal_plugin.apis.action_events import ActionEvents
from stal_plugin.apis.draw_result import draw_result
from stal_plugin.apis.frame_result import FrameResult

__all__ = [
    "ActionDetector",
    "ActionEvent",
    "ActionEvents",
    "FrameResult",
    "draw_result",
]
