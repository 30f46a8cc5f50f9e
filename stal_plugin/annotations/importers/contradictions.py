"""What a file says about its frames and what does not agree.

Every source of a frame's number or time is compared with the others. Where they differ
the import stops and names the option that decides.
"""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.tool_boxes import ToolBoxes

_SAME_LENGTH = 0.02  # of the frames; 24 and 25 per second differ by 0.04
_FEW = 10  # times that say nothing about their rate
_DENSE = 1.5  # frames between times of labels of every frame
_SHARE = 0.02  # of times on the frame of another time, above which the rates differ


def undecided_frames(
    boxes: ToolBoxes, options: ImportOptions, folders: Collection[str] = ()
) -> list[str]:
    """Say where a file's sources of the number of a frame do not agree.

    Args:
        boxes: What the file holds.
        options: What the user decided.
        folders: Names of the videos that are folders of images.

    Returns:
        Lines that name the options.
    """
    problems = idle_options(boxes, options)
    if _in_seconds(boxes, options):
        return problems
    if options.step is None and options.sampled_fps is None:
        problems += [
            f"{video}: its images are numbered as they were taken from the video, "
            "which need not be every frame: how many per second, --sampled-fps 5? Or "
            "every which frame, --step 5 (--step 1 if all)?"
            for video in sorted(boxes.sampled)
        ]
    if options.frames_by is None:
        later = boxes.base == 0  # names may count from 1, numbers from 0
        texts = (_other_names(*item, later) for item in boxes.named.items())
        problems += filter(None, texts)
    numbers = [n for v, own in boxes.listed.items() if v not in folders for n in own]
    decided = options.frame_base is not None or options.frames_by == "name"
    if boxes.base_varies and not decided and min(numbers, default=0) == 1:
        problems.append(
            "no frame has the number 0, the first is 1: tools differ in whether that "
            "is the first frame (--frame-base 1) or the second (--frame-base 0)"
        )
    return problems


def other_lengths(
    boxes: ToolBoxes, options: ImportOptions, lengths: Mapping[str, int]
) -> list[str]:
    """Compare how many frames a file counts with how many the videos have.

    A video that was converted to another rate has other pictures under the numbers of
    the file: usual rates differ by 4 % and more (24, 25 and 30 per second; 29.97 and 30
    by one frame in a thousand). A smaller difference is what decoders leave out at an
    end, as with some videos of UCF101; it moves no box and stays a note.

    Args:
        boxes: What the file holds.
        options: What the user decided.
        lengths: Frames of each video.

    Returns:
        A line for each video that differs by more than 2 % of its frames; none where
        ``step`` or ``sampled_fps`` says how the file counts.
    """
    if options.step or options.sampled_fps or _in_seconds(boxes, options):
        return []
    return [
        f"{video}: the file counts {boxes.lengths[video]} frames, the video {own}: is "
        "this the video that was annotated? --step 1 takes the numbers as its frames; "
        "--sampled-fps 25 if the file counts at another rate than the video"
        for video, own in lengths.items()
        if is_other_length(boxes.lengths.get(video, own), own)
    ]


def is_other_length(told: int, own: int) -> bool:
    """Whether a video is not the one that was annotated, by its number of frames.

    Args:
        told: Frames as the file says.
        own: Frames of the video.

    Returns:
        True if they differ by more than decoders do, see :func:`other_lengths`.
    """
    return abs(told - own) > max(1, _SAME_LENGTH * own)


def unclear_unit(
    boxes: ToolBoxes, options: ImportOptions, spans: Mapping[str, tuple[int, float]]
) -> list[str]:
    """Say where times may be the first frames as well as the first seconds.

    A format that has seconds is taken at its word (a single second 2; 902, 903, ...),
    but 0, 1, 2, 3 or 1, 2, 3, which end in the first half of each video, are what
    labels of its first frames look like. Both readings fit, so the user decides.

    Args:
        boxes: What the file holds.
        options: What the user decided.
        spans: Frames of each video, and its seconds.

    Returns:
        A line that names the options, or none.
    """
    if not boxes.unit_open or options.unit or options.start:
        return []
    longest = 0
    for video, (frames, seconds) in spans.items():
        times = sorted({*boxes.listed.get(video, ())})
        if not times:
            continue
        in_a_row = times == [times[0] + i for i in range(len(times))]
        at_start = times[0] in (0, 1) and times[-1] <= min(frames, seconds / 2)
        if not (in_a_row and at_start):
            return []
        longest = max(longest, len(times))
    if longest < 2:
        return []
    return [
        f"its whole timestamps, {longest} in a row at the start of each video, may be "
        "seconds or numbers of frames: --unit seconds or --unit frames?"
    ]


def _in_seconds(boxes: ToolBoxes, options: ImportOptions) -> bool:
    return boxes.seconds if options.unit is None else options.unit == "seconds"


def idle_options(boxes: ToolBoxes, options: ImportOptions) -> list[str]:
    """Name the options about frames that would change nothing.

    Args:
        boxes: What the file holds.
        options: What the user decided.

    Returns:
        A line for each.
    """
    seconds = _in_seconds(boxes, options)
    of_numbers = {
        "--frame-base": options.frame_base,
        "--step": options.step,
        "--sampled-fps": options.sampled_fps,
        "--frames-by": options.frames_by,
    }
    if seconds:
        idle = [name for name, value in of_numbers.items() if value is not None]
        reason = "the file has seconds, not numbers of frames (--unit frames?)"
    else:
        idle = ["--start"] if options.start else []
        reason = "the file has numbers of frames, not seconds (--unit seconds?)"
    lines = [f"{name} has no effect: {reason}" for name in idle]
    if options.frames_by and not seconds and not any(boxes.named.values()):
        lines.append("--frames-by has no effect: no image has a number of its own")
    return lines


def _other_names(video: str, names: Mapping[float, int], later: bool) -> str:
    """What is wrong between numbers and those in the names of the images."""
    shifts = {name - number for number, name in names.items()}
    if shifts <= {0} or (later and shifts <= {1}):
        return ""
    odd = max(names, key=lambda number: abs(names[number] - number))
    return (
        f"{video}: frame {odd:g} has an image that is called {names[odd]}: which is "
        "the frame's number in the video, --frames-by number or --frames-by name?"
    )


def crowded_times(
    seconds: NDArray[np.float64], frames: NDArray[np.int64], fps: float
) -> str:
    """Compare the rate of times with that of the frames they fall on.

    Labels of every frame have a frame each. Times of another rate (of the video before
    it was converted, or rounded too much) share frames here and there.

    Args:
        seconds: ``(N,)`` times of a video's labels.
        frames: ``(N,)`` the frame of each.
        fps: Frames of the video per second, for the text.

    Returns:
        What is wrong and what decides; '' if the rates agree or nothing tells.
    """
    times, places = np.unique(seconds, return_index=True)
    if len(times) < _FEW:
        return ""
    gap = float(np.median(np.diff(times)))
    shared = len(times) - len(np.unique(frames[places]))
    if gap * fps >= _DENSE or shared <= max(1, _SHARE * len(times)):
        return ""
    return (
        f"{shared} of {len(times)} times fall on the frame of an earlier time: they "
        f"count about {1 / gap:.4g} per second, the video has {fps:.4g}. Use the video "
        "that was annotated, or times with three decimals; --unit seconds takes them "
        "as they are, --unit frames as numbers of frames"
    )
