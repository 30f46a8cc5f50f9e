"""Labelled frames of a video of a tool."""

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.conversion.import_options import ImportOptions
from stal_plugin.datasets.conversion.time_converter import TimeConverter
from stal_plugin.datasets.formats.frame_ranges import FrameRanges, ranges_of_frames
from stal_plugin.datasets.formats.tool_boxes import ToolBoxes


def labelled_ranges(
    convert: TimeConverter,
    boxes: ToolBoxes,
    video: str,
    frames: NDArray[np.int64],
    options: ImportOptions,
) -> FrameRanges | None:
    """Find out which frames of a video are labelled.

    Args:
        convert: Converter of the video's times.
        boxes: What the file holds.
        video: Name of the video in the file.
        frames: ``(N,)`` frames of the video's boxes, from 1.
        options: May say that every frame is labelled, or only those that the file
            lists.

    Returns:
        Their ranges; None if all frames are.

    Raises:
        ValueError: The file lists a frame that the video does not have.
    """
    sparse = boxes.sparse if options.labelled is None else options.labelled == "listed"
    if not sparse:
        return None
    listed = np.array(boxes.listed.get(video, ()), np.float64)
    known = convert(listed, lambda _: f"{video}, a frame of the list of frames")
    ranges = ranges_of_frames(np.concatenate([known, frames]))
    return None if ranges == ((1, convert.num_frames),) else ranges
