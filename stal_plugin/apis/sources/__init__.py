"""Where frames come from: files, folders, cameras, streams."""

from stal_plugin.apis.sources.camera_source import CameraSource
from stal_plugin.apis.sources.file_source import FileSource
from stal_plugin.apis.sources.folder_source import FolderSource
from stal_plugin.apis.sources.frame import Frame
from stal_plugin.apis.sources.live_buffer import LiveBuffer
from stal_plugin.apis.sources.open_source import open_source
from stal_plugin.apis.sources.source import Source
from stal_plugin.apis.sources.stream_source import StreamSource

__all__ = [
    "CameraSource",
    "FileSource",
    "FolderSource",
    "Frame",
    "LiveBuffer",
    "Source",
    "StreamSource",
    "open_source",
]
