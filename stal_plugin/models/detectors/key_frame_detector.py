"""Any detector of mmdet, run on the key frame only."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import ConfigDict
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement
from torch import Tensor

from stal_plugin.compat.tood_head import use_grid_sample
from stal_plugin.models.detectors.image_samples import (
    check_test_cfg,
    clip_instances,
    image_sample,
)
from stal_plugin.registry import MODELS


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
            labels are multi-hot; samples lack what ``image_sample`` needs.

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
        use_grid_sample(getattr(self.detector, "bbox_head", None))

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
        samples = [image_sample(sample, images.shape[-2:]) for sample in clips]
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


def _check_detector(detector: Mapping[str, Any]) -> None:
    if detector.get("data_preprocessor") is not None:
        raise ValueError(
            "the detector of a KeyFrameDetector has a data_preprocessor of its own, "
            "which would not run: move its mean and std to model.data_preprocessor"
        )
    check_test_cfg(detector.get("test_cfg"))
