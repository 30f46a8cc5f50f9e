"""Tubes of the J-HMDB release, from its masks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.annotations.importers.jhmdb_release import (
    JOINT_NAMES,
    JHMDBRelease,
    mask_file,
    read_joint_positions,
    read_mat_array,
)
from stal_plugin.annotations.importers.tubes_pickle import ActionTube, TubesPickle
from stal_plugin.annotations.importers.videos import Split
from stal_plugin.annotations.keypoints import Keypoints
from stal_plugin.video import VideoProbe


def read_joints(
    files: dict[str, Path], lengths: dict[str, int]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, int]]:
    """Read the joints of all videos.

    Args:
        files: ``joint_positions.mat`` of each video.
        lengths: Frames of each video.

    Returns:
        ``(T, 15, 2)`` pixels per video, and the number of frames with joints of the
        videos that have fewer of them than frames.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file is damaged, or has more frames than the video.
    """
    joints, short = {}, {}
    for video, path in files.items():
        points = read_joint_positions(path)
        if not 1 <= len(points) <= lengths[video]:
            raise ValueError(
                f"{path} has joints of {len(points)} frames, but the video has "
                f"{lengths[video]}"
            )
        if len(points) < lengths[video]:
            short[video] = len(points)
        joints[video] = points
    return joints, short


def keypoints_of_joints(
    annotation: Annotation, joints: dict[str, NDArray[np.float64]]
) -> Keypoints:
    """Arrange joints by the rows of an annotation.

    A joint is visible if it is annotated and inside of the image. After the last
    annotated frame its last position is repeated, and it is not visible.

    Args:
        annotation: One actor per video; rows sorted by video and frame.
        joints: ``(T, 15, 2)`` pixels per video, 0 at the edge of the image.

    Returns:
        The keypoints, one row per row of the annotation.
    """
    points = np.zeros((len(annotation), len(JOINT_NAMES), 2), dtype=np.float32)
    visible = np.zeros(points.shape[:2], dtype=bool)
    for video, rows in annotation.video_slices().items():
        info, own = annotation.videos[video], joints[video]
        places = annotation.rows.frames[rows] - 1
        size = np.array([info.width, info.height])
        chosen = own[np.minimum(places, len(own) - 1)]
        inside = ((chosen >= 0) & (chosen < size)).all(-1)
        points[rows] = chosen / size
        visible[rows] = inside & (places < len(own))[:, None]
    return Keypoints(
        JOINT_NAMES,
        annotation.rows.video_ids,
        annotation.rows.frames,
        annotation.rows.person_ids,
        points,
        visible,
    )


def mask_boxes(mask: NDArray) -> NDArray[np.int64]:
    """Extent of a mask in each frame.

    Args:
        mask: ``(H, W, T)``; pixels above 0 belong to the actor.

    Returns:
        ``(T, 4)`` xyxy, corners of the first and the last pixel inside, 0-based; -1
        where a frame has no such pixel.
    """
    inside = mask > 0
    first, last = [], []
    for axis in (0, 1):  # x, then y
        line: NDArray[np.bool_] = np.any(inside, axis=axis)
        first.append(line.argmax(0))
        last.append(len(line) - 1 - line[::-1].argmax(0))
    boxes = np.stack([*first, *last], axis=1)
    boxes[~np.any(inside, axis=(0, 1))] = -1
    return boxes.astype(np.int64)


def read_mask_boxes(path: Path, size: tuple[int, int]) -> NDArray[np.int64]:
    """Read the box of each frame from a ``puppet_mask.mat``.

    Args:
        path: The file; array ``part_mask`` ``(H, W, T)``.
        size: Height and width of the frames.

    Returns:
        ``(T, 4)`` as in :func:`mask_boxes`; T may be less than the number of frames.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, has another size, or a mask is empty.
    """
    mask = read_mat_array(path, "part_mask")
    if mask.shape[:2] != size:
        raise ValueError(
            f"{path}: part_mask has {mask.shape[0]}x{mask.shape[1]} pixels (height x "
            f"width), but the frames have {size[0]}x{size[1]}"
        )
    boxes = mask_boxes(mask)
    empty = np.flatnonzero(boxes[:, 0] < 0)
    if len(empty):
        raise ValueError(
            f"{path}: the mask of frame {empty[0] + 1} has no pixel above 0 "
            f"({len(empty)} such frame(s)); each mask must show the actor"
        )
    return boxes


MISSING_MASKS = ("repeat", "omit")
GROUND_TRUTHS = ("jhmdb", "yowo")


@dataclass
class MaskReport:
    """What the user should know.

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
