"""One task of a CVAT export."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CvatTask:
    """One task, that is one video, of a CVAT export.

    Args:
        task_id: CVAT's number of the task; '' where the export has none.
        name: Name of the task.
        source: Name of the video file as CVAT knew it; '' where it is not told.
        first_frame: First annotated frame, 0-based in the video.
        last_frame: Last annotated frame; None where the export does not tell.
        width: Width in pixels that the boxes refer to; None where it is not told.
        height: Height in pixels that the boxes refer to; None where it is not told.
    """

    task_id: str
    name: str
    source: str = ""
    first_frame: int = 0
    last_frame: int | None = None
    width: int | None = None
    height: int | None = None
