"""Readers and writers of annotation formats; imports no OpenMMLab library."""

from stal_plugin.datasets.formats.annotation import Annotation
from stal_plugin.datasets.formats.annotation_files import (
    read_annotation,
    write_annotation,
)
from stal_plugin.datasets.formats.video_info import VideoInfo

__all__ = ["Annotation", "VideoInfo", "read_annotation", "write_annotation"]
