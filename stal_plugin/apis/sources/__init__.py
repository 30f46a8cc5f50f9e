"""Where frames come from: files, folders, cameras, streams."""

from stal_plugin.apis.sources.backoff import Waiting
from stal_plugin.apis.sources.buffers import FileBuffer, LiveBuffer
from stal_plugin.apis.sources.camera_source import CameraSource
from stal_plugin.apis.sources.files import FileSource, FolderSource, ImageSource
from stal_plugin.apis.sources.open_frames import Frames, open_frames
from stal_plugin.apis.sources.source import Frame, Source
from stal_plugin.apis.sources.stream_reader import StreamReader
from stal_plugin.apis.sources.stream_source import StreamSource

__all__ = [
    "CameraSource",
    "FileBuffer",
    "FileSource",
    "FolderSource",
    "Frame",
    "Frames",
    "ImageSource",
    "LiveBuffer",
    "Source",
    "StreamReader",
    "StreamSource",
    "Waiting",
    "open_frames",
]
