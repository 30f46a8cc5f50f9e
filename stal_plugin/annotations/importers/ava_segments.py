"""AVA's labelled moments as short videos of their own: ``VIDEO_SECOND.mp4``."""

from dataclasses import replace

import numpy as np

from stal_plugin.annotations.importers.tool_boxes import ToolBoxes
from stal_plugin.annotations.importers.video_library import VideoLibrary


def on_segments(boxes: ToolBoxes, library: VideoLibrary) -> ToolBoxes:
    """Move boxes from movies to the segments that were cut from them.

    A segment is called after its movie and second (``GBXK_SyfisM_1042.avi``, also
    ``VIDEO_0902``) and shows the labelled moment in its middle.

    Args:
        boxes: Boxes by movie and second.
        library: The videos.

    Returns:
        Boxes by segment and frame, if no movie is there but segments of them are;
        else the boxes as they are. A movie of which no segment is there keeps its
        name.
    """
    names = {
        (movie, time): _segment(movie, time, library)
        for movie in library.absent(list(boxes.sizes))
        for time in sorted({*boxes.listed.get(movie, ())})
    }
    if not any(names.values()) or len({movie for movie, _ in names}) < len(boxes.sizes):
        return boxes
    segment_of = {key: name or "{}_{:g}".format(*key) for key, name in names.items()}
    wanted = {
        segment_of[key]: library.get(name)[1].num_frames // 2 + 1 if name else 1
        for key, name in names.items()
    }
    rows = boxes.rows
    keys = zip(rows.video_ids.tolist(), rows.frames.tolist(), strict=True)
    owners = list(map(segment_of.__getitem__, keys))
    moved = replace(
        rows,
        video_ids=np.array(owners, dtype=object),
        frames=np.array([wanted[name] for name in owners], np.float64),
    )
    return replace(
        boxes,
        rows=moved,
        sizes=dict.fromkeys(wanted),
        listed={name: [float(frame)] for name, frame in wanted.items()},
        seconds=False,
        unit_open=False,
        true_frames=True,
        base=1,
    )


def segment_names(movie: str, time: float) -> tuple[str, ...]:
    """Names that a segment of a movie's second may have; none of a fraction."""
    if time != int(time):
        return ()
    return tuple(dict.fromkeys((f"{movie}_{int(time)}", f"{movie}_{int(time):04d}")))


def _segment(movie: str, time: float, library: VideoLibrary) -> str:
    """Name of the segment that is there; '' if none is."""
    names = segment_names(movie, time)
    return next((name for name in names if not library.absent([name])), "")
