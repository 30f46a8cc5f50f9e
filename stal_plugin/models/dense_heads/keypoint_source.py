"""Where a head's keypoints come from: joints of the data, or the boxes."""

from collections.abc import Sequence

from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.task_modules.keypoint_snapping import BOX_POINTS, box_keypoints

#: Allowed values of ``keypoint_source``.
KEYPOINT_SOURCES = ("gt", "box")


def check_keypoint_source(num_keypoints: int, source: str) -> None:
    """Check a head's arguments.

    Raises:
        ValueError: The source is unknown, or has another number of keypoints.
    """
    if source not in KEYPOINT_SOURCES:
        raise ValueError(
            f"keypoint_source must be one of {KEYPOINT_SOURCES}, got {source!r}"
        )
    if source == "box" and num_keypoints not in (0, len(BOX_POINTS)):
        raise ValueError(
            f"num_keypoints={num_keypoints}, but a box has {len(BOX_POINTS)}: set "
            f"num_keypoints={len(BOX_POINTS)}, 0 for none, or keypoint_source='gt'"
        )


def keypoints_to_learn(
    gts: Sequence[InstanceData], num_keypoints: int, source: str
) -> tuple[list[Tensor] | None, list[Tensor] | None]:
    """Return the keypoints of each clip, and which of them are visible.

    Args:
        gts: Per clip ``bboxes`` ``(N, 4)``; for source 'gt' also ``keypoints``
            ``(N, J, 2)`` in pixels and ``keypoints_visible`` ``(N, J)``.
        num_keypoints: J; 0 for none.
        source: ``'gt'`` or ``'box'``, see :func:`box_keypoints`.

    Returns:
        Per clip ``(N, J, 2)``, and ``(N, J)``; None stands for no keypoints, and for
        all visible.

    Raises:
        ValueError: The data has no such keypoints.
    """
    if not num_keypoints:
        return None, None
    if source == "box":
        return [box_keypoints(gt.bboxes) for gt in gts], None
    for gt in gts:
        _check_joints(gt, num_keypoints)
    return [gt.keypoints for gt in gts], [gt.keypoints_visible for gt in gts]


def _check_joints(gt: InstanceData, num_keypoints: int) -> None:
    shape = tuple(gt.keypoints.shape) if "keypoints" in gt else None
    if shape and shape[1:] == (num_keypoints, 2) and "keypoints_visible" in gt:
        return
    raise ValueError(
        f"keypoint_source='gt' with num_keypoints={num_keypoints} needs "
        f"gt_instances.keypoints of shape (N, {num_keypoints}, 2) and "
        f"keypoints_visible, but the keypoints are {shape}: set keypoint_file in the "
        "data set and end the pipeline with stal_plugin.PackClipInputs, or set "
        "keypoint_source='box'"
    )
