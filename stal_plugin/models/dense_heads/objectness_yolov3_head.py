"""mmdet's YOLOv3 head, with its objectness among the results."""

from typing import Any

from mmdet.models.dense_heads import YOLOV3Head
from mmengine.structures import InstanceData

from stal_plugin.registry import MODELS


@MODELS.register_module()
class ObjectnessYOLOV3Head(YOLOV3Head):
    """``mmdet.YOLOV3Head`` whose detections keep their ``objectness``.

    mmdet multiplies it into the score and drops it. Localization recall compares it
    with a threshold: the product would make a model that finds the actors but cannot
    tell their actions look as if it did not find them.

    Args, shapes and losses are those of ``mmdet.YOLOV3Head``.
    """

    def _bbox_post_process(
        self, results: InstanceData, *args: Any, **kwargs: Any
    ) -> InstanceData:
        results.objectness = results.score_factors.clone()
        return super()._bbox_post_process(results, *args, **kwargs)
