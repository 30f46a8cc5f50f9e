"""Our annotation files: the AVA csv with its json, and predictions."""

from stal_plugin.annotations.annotation import Annotation, VideoInfo
from stal_plugin.annotations.annotation_files import read_annotation, write_annotation
from stal_plugin.annotations.predictions import (
    check_predictions,
    read_predictions,
    write_predictions,
)

__all__ = [
    "Annotation",
    "VideoInfo",
    "check_predictions",
    "read_annotation",
    "read_predictions",
    "write_annotation",
    "write_predictions",
]
