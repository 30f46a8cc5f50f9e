"""Tubes of the J-HMDB release, from its masks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from stal_plugin.datasets.conversion.tubes_splits import Split
from stal_plugin.datasets.formats.action_tube import ActionTube
from stal_plugin.datasets.formats.jhmdb_release import JHMDBRelease, mask_file
from stal_plugin.datasets.formats.puppet_mask import read_mask_boxes
from stal_plugin.datasets.formats.tubes_pickle import TubesPickle
from stal_plugin.datasets.video import VideoProbe

MISSING_MASKS = ("repeat", "omit")
GROUND_TRUTHS = ("jhmdb", "yowo")


@dataclass
class MaskReport:
    """What was found on the way.

    Args:
        short: Number of masks of each video that has fewer masks than frames.
    """

    short: dict[str, int] = field(default_factory=dict)


def tubes_of_masks(
    release: JHMDBRelease,
    probes: Mapping[str, VideoProbe],
    missing: str,
    advance: Callable[[int], None] = lambda _: None,
) -> tuple[TubesPickle, MaskReport]:
    """Read the boxes of all videos from their masks.

    A box holds the corners of the first and the last pixel inside, counted from 0, as
    in ``JHMDB-GT.pkl``.

    Args:
        release: Folders and splits.
        probes: Facts of each video.
        missing: What happens to the frames of a video after its last mask. ``'repeat'``
            gives them the last box, as in ``JHMDB-GT.pkl``; ``'omit'`` gives them none
            (see :func:`without_short_ends`), as in YOWO.
        advance: Called after each video.

    Returns:
        The same as ``JHMDB-GT.pkl`` holds, and a report.

    Raises:
        FileNotFoundError: A file of masks is missing.
        ValueError: A file of masks is damaged, or has more masks than the video frames.
    """
    if missing not in MISSING_MASKS:
        raise ValueError(f"missing={missing!r} must be one of {MISSING_MASKS}")
    report = MaskReport()
    tubes: dict[str, list[ActionTube]] = {}
    for video, probe in probes.items():
        path = mask_file(release.root, video)
        boxes = read_mask_boxes(path, (probe.height, probe.width))
        more = probe.num_frames - len(boxes)
        if more < 0:
            raise ValueError(
                f"{path} has {len(boxes)} masks, but {release.frames[video]} has "
                f"{probe.num_frames} frames; get the frames again"
            )
        if more:
            report.short[video] = len(boxes)
        if missing == "repeat":
            boxes = np.concatenate([boxes, boxes[-1:].repeat(more, axis=0)])
        label = release.classes.index(video.split("/")[0])
        frames = np.arange(1, len(boxes) + 1)
        tubes[video] = [ActionTube(label, frames, boxes.astype(np.float64))]
        advance(1)
    ground_truth = TubesPickle(
        labels=release.classes,
        tubes=tubes,
        num_frames={video: probe.num_frames for video, probe in probes.items()},
        resolution={v: (probe.height, probe.width) for v, probe in probes.items()},
        train_videos=release.train_videos,
        test_videos=release.test_videos,
    )
    return ground_truth, report


def without_short_ends(
    splits: Mapping[str, Split], short: Mapping[str, int]
) -> dict[str, Split]:
    """Take the frames after a video's last mask out of its split.

    Args:
        splits: Split of each video.
        short: Number of masks of the videos that have fewer masks than frames.

    Returns:
        Splits; those of the short videos are the range of frames with a mask, so that
        the others are no key frames (clips never reach them).
    """
    ranges: dict[str, Split] = {
        video: {name: (1, short[video])}
        for video, name in splits.items()
        if video in short and isinstance(name, str)
    }
    return {**splits, **ranges}


def shifted_as_in_yowo(tubes: TubesPickle) -> TubesPickle:
    """Move boxes to where YOWO's labels of J-HMDB have them.

    A label of YOWO is the box of ``JHMDB-GT.pkl`` plus 1 at x1 and y1, plus 2 at x2 and
    y2, the latter cut at the image's size; YOWO reads it as continuous corners. Since a
    box ``x1 .. x2`` covers ``x1 .. x2 + 1``, that is a shift by one pixel to the right
    and down.

    Args:
        tubes: Corners of the first and the last pixel inside, 0-based.

    Returns:
        The same with shifted boxes, in the same convention.
    """
    shifted = {}
    for video, own in tubes.tubes.items():
        height, width = tubes.resolution[video]
        limits = np.array([width, height, width - 1, height - 1], dtype=np.float64)
        shifted[video] = [
            replace(tube, boxes=np.minimum(tube.boxes + 1, limits)) for tube in own
        ]
    return replace(tubes, tubes=shifted)
