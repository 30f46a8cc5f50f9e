"""Reading, writing and probing of videos; imports no OpenMMLab library."""

from stal_plugin.video.frame_folder_reader import FrameFolderReader
from stal_plugin.video.open_reader import open_reader, read_frames
from stal_plugin.video.video_probe import VideoProbe, probe_video
from stal_plugin.video.video_reader import VideoReader
from stal_plugin.video.video_writer import VideoWriter, write_video

__all__ = [
    "FrameFolderReader",
    "VideoProbe",
    "VideoReader",
    "VideoWriter",
    "open_reader",
    "probe_video",
    "read_frames",
    "write_video",
]
