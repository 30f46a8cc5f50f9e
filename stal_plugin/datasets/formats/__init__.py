"""Readers and writers of annotation formats; imports no OpenMMLab library."""

from stal_plugin.datasets.formats.annotation import Annotation
from stal_plugin.datasets.formats.annotation_files import (
    read_annotation,
    write_annotation,
)
from stal_plugin.datasets.formats.predictions import (
    Predictions,
    read_predictions,
    write_predictions,
)
from stal_plugin.datasets.formats.video_info import VideoInfo

__all__ = [
    "Annotation",
    "Predictions",
    "VideoInfo",
    "read_annotation",
    "read_predictions",
    "write_annotation",
    "write_predictions",
]
