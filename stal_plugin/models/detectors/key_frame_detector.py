"""Any detector of mmdet, run on the key frame only."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads.postprocess import to_original_pixels
from stal_plugin.registry import MODELS

_NEEDED = ("original_shape", "scale_factor")


@MODELS.register_module()
class KeyFrameDetector(BaseModel):
    """Run a detector of mmdet on the last frame of each clip.

    The datasets, pipelines and metrics are those of the clip models; configs set
    ``clip_len=1`` in the pipelines, so that no other frame is decoded. Losses and
    predictions are the detector's. Where it gives no objectness, the score stands in
    for it, which is what the metric compares with its confidence threshold.

    Args:
        detector: Config of the detector, e.g. ``dict(type='mmdet.YOLOV3', ...)``.
            Its parts need no ``mmdet.`` prefix. It has no ``data_preprocessor``, and
            its ``test_cfg`` sets ``nms_pre``.
        data_preprocessor: Normalises the clips, default
            ``stal_plugin.ClipDataPreprocessor``.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, T, H, W)``, the key frame is the last; predictions: boxes xyxy
        in pixels of the original frame, inside of it.

    Raises:
        ValueError: The detector has a preprocessor of its own, or no ``nms_pre``;
            labels are multi-hot; samples lack a key of ``_NEEDED``.

    Reference:
        arXiv:2012.08097, section 7 (its single-frame baseline is YOLOv3).
    """

    def __init__(
        self,
        detector: dict,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor or {"type": "stal_plugin.ClipDataPreprocessor"}, init_cfg
        )
        _check_detector(detector)
        # mmdet reads test_cfg by attribute; a plain dict has none.
        config = ConfigDict({"_scope_": "mmdet", **detector})
        self.detector: Any = MODELS.build(config)

    def forward(
        self,
        inputs: Tensor,
        data_samples: Sequence[BaseDataElement] | None = None,
        mode: str = "tensor",
    ) -> Any:
        """Return raw maps, losses or samples with ``pred_instances``.

        Args:
            inputs: ``(B, 3, T, H, W)``, normalised.
            data_samples: B samples, needed in the modes 'loss' and 'predict'.
            mode: 'tensor', 'loss' or 'predict', see mmengine.
        """
        images = inputs[:, :, -1]
        clips = data_samples or ()
        samples = [image_sample(sample, images) for sample in clips]
        if mode == "tensor":
            return self.detector(images, samples or None, mode)
        output = self.detector(images, samples, mode)
        if mode == "predict":
            for clip, image in zip(clips, output, strict=True):
                clip.pred_instances = clip_instances(
                    image.pred_instances, clip.metainfo["original_shape"]
                )
            return data_samples
        return output


def image_sample(sample: BaseDataElement, images: Tensor) -> DetDataSample:
    """Return what mmdet needs to know of a clip's key frame.

    Args:
        sample: Sample of the clip: ``original_shape`` (h, w) and ``scale_factor``
            (x, y) among its metainfo, ``gt_instances`` where it is labelled.
        images: ``(B, 3, H, W)``, the batch that the key frame is in.

    Raises:
        ValueError: A key is missing, or labels are not one class index per box.
    """
    meta = sample.metainfo
    missing = [key for key in _NEEDED if key not in meta]
    if missing:
        raise ValueError(
            f"data samples lack {missing}: add them to meta_keys of the packing step "
            f"of the pipeline, which needs {_NEEDED}"
        )
    size = (int(images.shape[-2]), int(images.shape[-1]))
    scale_x, scale_y = (float(s) for s in meta["scale_factor"])
    image = DetDataSample(
        metainfo={
            "img_shape": size,
            "pad_shape": size,
            "batch_input_shape": size,
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


def clip_instances(
    detections: InstanceData, original_shape: Sequence[int]
) -> InstanceData:
    """Return mmdet's detections in the form of our heads.

    Args:
        detections: ``bboxes`` in pixels of the original frame, ``scores``, ``labels``
            and possibly ``objectness``.
        original_shape: Frame (h, w).

    Returns:
        The same in float32, boxes kept inside the frame, with ``objectness``.
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


def _check_detector(detector: Mapping[str, Any]) -> None:
    if detector.get("data_preprocessor") is not None:
        raise ValueError(
            "the detector of a KeyFrameDetector has a data_preprocessor of its own, "
            "which would not run: move its mean and std to model.data_preprocessor"
        )
    test_cfg = detector.get("test_cfg") or {}
    # mmdet 3.3, filter_scores_and_topk: -1, the default, cuts off the last detection.
    if "nms" in test_cfg and test_cfg.get("nms_pre", -1) <= 0:
        raise ValueError(
            f"test_cfg.nms_pre is {test_cfg.get('nms_pre')}: mmdet would lose a "
            "detection of each frame. Set it to a number of detections, e.g. 1000"
        )
