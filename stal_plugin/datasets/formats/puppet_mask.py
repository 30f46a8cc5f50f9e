"""Read J-HMDB's ``puppet_mask.mat``: the boxes of the actor."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stal_plugin.datasets.formats.mat_file import read_mat_array


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
