"""Counts and sizes of the boxes of an annotation."""

import numpy as np
from numpy.typing import NDArray

from stal_plugin.annotations.annotation import Annotation
from stal_plugin.structures.box_table import BOX_COLUMNS

UNITS = ("frames", "clips", "boxes")
_SPARSE = 1.5  # median distance between frames with a box


def class_counts(
    annotation: Annotation, split: str = "train", unit: str = "frames"
) -> NDArray[np.int64]:
    """Number of samples of each class.

    Args:
        annotation: Videos and boxes.
        split: The split to count in.
        unit: ``'frames'`` counts the frames that show the class, ``'clips'`` the
            (video, person) pairs, ``'boxes'`` the rows.

    Returns:
        ``(K,)`` counts in the order of ``annotation.classes``.

    Raises:
        ValueError: Unknown unit or split, or clips of unknown persons.
    """
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is not one of {UNITS}")
    rows = annotation.rows.take(annotation.in_split(split))
    unknown = int((rows.person_ids < 0).sum())
    if unit == "clips" and unknown:
        raise ValueError(
            f"unit 'clips' needs the person_id of every box, {unknown} have none; "
            "use 'frames' or 'boxes'"
        )
    if unit != "boxes":
        sample = "frames" if unit == "frames" else "person_ids"
        rows = rows.take(~rows.repeats(("labels", "video_ids", sample)))
    return np.bincount(rows.labels, minlength=len(annotation.classes)).astype(np.int64)


def box_sizes(
    annotation: Annotation,
    split: str = "train",
    input_size: tuple[int, int] = (224, 224),
) -> NDArray[np.float64]:
    """Sizes of the boxes at the network's input.

    Args:
        annotation: Videos and boxes.
        split: The split to take boxes from.
        input_size: Width and height of the network's input in pixels.

    Returns:
        ``(N, 2)`` widths and heights in pixels of the input; the rows of one box with
        several labels count once.
    """
    rows = annotation.rows.take(annotation.in_split(split))
    boxes = rows.boxes[~rows.repeats(BOX_COLUMNS)]
    return (boxes[:, 2:] - boxes[:, :2]) * np.asarray(input_size, dtype=np.float64)


def labelled_step(annotation: Annotation) -> float:
    """Median distance between the frames of a video that have a box.

    Args:
        annotation: Videos and boxes.

    Returns:
        1 where each frame has one; 1 as well if no video has two such frames.
    """
    keys = np.stack([annotation.video_index(), annotation.rows.frames], axis=1)
    keys = np.unique(keys, axis=0)
    steps = np.diff(keys[:, 1])[np.diff(keys[:, 0]) == 0]
    return float(np.median(steps)) if len(steps) else 1.0


def looks_sparse(annotation: Annotation) -> bool:
    """Whether only some frames seem to be labelled, but the json does not say so.

    Args:
        annotation: Videos and boxes.

    Returns:
        False where ``labelled`` names the labelled frames of a video.
    """
    says_which = any(info.labelled is not None for info in annotation.videos.values())
    return not says_which and labelled_step(annotation) > _SPARSE
