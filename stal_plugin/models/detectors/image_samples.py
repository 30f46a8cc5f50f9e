"""Samples of clips in the form of mmdet's, and its detections in the form of ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmdet.structures import DetDataSample
from mmengine.structures import BaseDataElement, InstanceData

from stal_plugin.models.dense_heads.postprocess import to_original_pixels

_NEEDED = ("original_shape", "scale_factor")


def input_size(sample: BaseDataElement) -> tuple[int, int]:
    """Height and width of the network's input, from a sample's ``img_shape``.

    Raises:
        ValueError: The sample does not tell.
    """
    _check_metainfo(sample, ("img_shape",))
    height, width = sample.metainfo["img_shape"][:2]
    return int(height), int(width)


def image_sample(sample: BaseDataElement, size: Sequence[int]) -> DetDataSample:
    """Return what mmdet needs to know of a clip's key frame.

    Args:
        sample: Sample of the clip: ``original_shape`` (h, w) and ``scale_factor``
            (x, y) among its metainfo, ``gt_instances`` where it is labelled.
        size: Height and width of the network's input.

    Raises:
        ValueError: A key is missing, or labels are not one class index per box.
    """
    meta = sample.metainfo
    _check_metainfo(sample, _NEEDED)
    shape = (int(size[0]), int(size[1]))
    scale_x, scale_y = (float(s) for s in meta["scale_factor"])
    image = DetDataSample(
        metainfo={
            "img_shape": shape,
            "pad_shape": shape,
            "batch_input_shape": shape,
            "ori_shape": tuple(int(side) for side in meta["original_shape"][:2]),
            "scale_factor": (scale_x, scale_y),
            # padding around the frame, which CenterNet and CornerNet look for
            "border": (0, 0, 0, 0),
        }
    )
    if "gt_instances" in sample:
        truth = sample.gt_instances
        if truth.labels.ndim != 1:
            raise ValueError(
                "mmdet's detectors take one class index per box, but the labels have "
                f"the shape {tuple(truth.labels.shape)}: set multilabel=False in the "
                "dataset"
            )
        image.gt_instances = InstanceData(bboxes=truth.bboxes, labels=truth.labels)
    return image


def _check_metainfo(sample: BaseDataElement, needed: Sequence[str]) -> None:
    missing = [key for key in needed if key not in sample.metainfo]
    if missing:
        raise ValueError(
            f"data samples lack {missing}: add them to meta_keys of the packing step "
            f"of the pipeline, which needs {needed}"
        )


def clip_instances(
    detections: InstanceData, original_shape: Sequence[int]
) -> InstanceData:
    """Return mmdet's detections in the form of our heads.

    Args:
        detections: ``bboxes`` in pixels of the original frame, ``scores``, ``labels``
            and possibly ``objectness``.
        original_shape: Frame (h, w).

    Returns:
        The same in float32, boxes kept inside the frame, with ``objectness``: the
        score stands in where the detector gives none.
    """
    boxes = detections.bboxes.float()
    height, width = int(original_shape[0]), int(original_shape[1])
    scores = detections.scores.float()
    return InstanceData(
        bboxes=to_original_pixels(boxes, boxes.new_ones(2), (height, width)),
        scores=scores,
        labels=detections.labels,
        objectness=detections.get("objectness", scores).float(),
    )


def check_test_cfg(test_cfg: Mapping[str, Any] | None) -> None:
    """Raise ValueError if mmdet's suppression would lose a detection."""
    settings = test_cfg or {}
    # mmdet 3.3, filter_scores_and_topk: -1, the default, cuts off the last detection.
    if "nms" in settings and settings.get("nms_pre", -1) <= 0:
        raise ValueError(
            f"test_cfg.nms_pre is {settings.get('nms_pre')}: mmdet would lose a "
            "detection of each frame. Set it to a number of detections, e.g. 1000"
        )
