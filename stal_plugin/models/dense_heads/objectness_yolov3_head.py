"""mmdet's YOLOv3 head, with its objectness among the results."""

from collections.abc import Sequence

import torch
from mmdet.models.dense_heads import YOLOV3Head
from mmengine.structures import InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads.detection_rules import ScoredBoxes, apply_rule
from stal_plugin.registry import MODELS


@MODELS.register_module()
class ObjectnessYOLOV3Head(YOLOV3Head):
    """``mmdet.YOLOV3Head`` whose detections keep their ``objectness``.

    mmdet multiplies it into the score and drops it. Localization recall compares it
    with a threshold: the product would make a model that finds the actors but cannot
    tell their actions look as if it did not find them. Its decoding is apart from its
    suppression, so that it can be exported.

    Args, shapes and losses are those of ``mmdet.YOLOV3Head``.
    """

    detection_rule = "yolov3"

    @property
    def rule_cfg(self) -> dict:
        """Settings of the detection rule."""
        return dict(self.test_cfg)

    def predict_by_feat(
        self,
        pred_maps: Sequence[Tensor],
        batch_img_metas: Sequence[dict],
        cfg: dict | None = None,
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detections of each image, from the raw maps of all levels."""
        settings = self.rule_cfg if cfg is None else cfg
        decoded = self.decode(pred_maps)
        return apply_rule(
            self.detection_rule, decoded, settings, batch_img_metas, rescale
        )

    def decode(self, pred_maps: Sequence[Tensor]) -> ScoredBoxes:
        """Boxes of all priors of all levels; this can be exported."""
        sizes = [tuple(int(side) for side in m.shape[-2:]) for m in pred_maps]
        priors = self.prior_generator.grid_priors(sizes, device=pred_maps[0].device)
        levels = [
            self._decode_level(*level)
            for level in zip(pred_maps, priors, self.featmap_strides, strict=True)
        ]
        parts = zip(*levels, strict=True)
        return ScoredBoxes(*(torch.cat(part, dim=1) for part in parts))

    def _decode_level(
        self, pred_map: Tensor, priors: Tensor, stride: int
    ) -> ScoredBoxes:
        values = pred_map.permute(0, 2, 3, 1)
        values = values.reshape(values.shape[0], -1, self.num_attrib)
        deltas = torch.cat([values[..., :2].sigmoid(), values[..., 2:4]], dim=-1)
        boxes = self.bbox_coder.decode(priors, deltas, stride)
        return ScoredBoxes(boxes, values[..., 4].sigmoid(), values[..., 5:].sigmoid())
