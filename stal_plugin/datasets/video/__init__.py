"""Reading and writing of videos; imports no OpenMMLab library."""

from stal_plugin.datasets.video.frame_folder_reader import FrameFolderReader
from stal_plugin.datasets.video.open_reader import open_reader
from stal_plugin.datasets.video.video_probe import VideoProbe, probe_video
from stal_plugin.datasets.video.video_reader import VideoReader
from stal_plugin.datasets.video.video_writer import VideoWriter
from stal_plugin.datasets.video.write_video import write_video

__all__ = [
    "FrameFolderReader",
    "VideoProbe",
    "VideoReader",
    "VideoWriter",
    "open_reader",
    "probe_video",
    "write_video",
]
