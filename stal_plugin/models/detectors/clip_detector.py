"""A single-stage detector on clips, with any dense head."""

from collections.abc import Sequence
from typing import Any

from mmdet.models.detectors import SingleStageDetector
from mmengine.config import ConfigDict
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from stal_plugin.compat.tood_head import use_grid_sample
from stal_plugin.models.dense_heads.decoding import decoding_of, is_mmdet_head
from stal_plugin.models.dense_heads.detection_rules import apply_rule
from stal_plugin.models.detectors.image_samples import (
    check_test_cfg,
    clip_instances,
    image_sample,
    input_size,
)
from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.registry import MODELS


@MODELS.register_module()
class ClipDetector(SingleStageDetector):
    """Run backbone, neck and one dense head, ours or mmdet's, on clips.

    ``mmdet.SingleStageDetector`` with what mmdet's heads need here: their parts are
    found in mmdet, samples have the metainfo that they read, and predictions have the
    form of our heads. Any head of mmdet that is a ``BaseDenseHead`` can be named.

    Args:
        backbone: Config, e.g. of ``stal_plugin.LinkNet``.
        neck: Config, e.g. of ``stal_plugin.CFAM``.
        bbox_head: Config of the head, e.g. ``dict(type='mmdet.RTMDetHead', ...)``.
            What it names needs no ``mmdet.`` prefix.
        train_cfg: Goes to the head.
        test_cfg: Goes to the head. Of mmdet's heads: ``score_thr``, ``nms_pre``,
            ``nms``, ``max_per_img``; of YOLOX also ``all_classes``, see ``YOWOHead``.
        data_preprocessor: Normalises the clips.
        auxiliary_head: Config of a head that adds losses to the backbone's maps in
            training, e.g. ``stal_plugin.BoxClassHead``; prediction and export do not
            run it.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, T, H, W)``, the key frame is the last; predictions: boxes xyxy
        in pixels of the original frame, inside of it, scores, labels, objectness (of
        heads without: the score). A box comes once for each of its classes.

    Raises:
        ValueError: A head of mmdet gets multi-hot labels or samples without the
            metainfo that it needs, or cannot be decoded here and has no ``nms_pre``.
    """

    def __init__(
        self,
        backbone: dict,
        neck: dict | None = None,
        bbox_head: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        auxiliary_head: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(
            backbone=in_own_scope(backbone),
            neck=neck and in_own_scope(neck),
            bbox_head=in_own_scope(bbox_head or {}),
            # mmdet reads them by attribute
            train_cfg=train_cfg and ConfigDict(train_cfg),
            test_cfg=test_cfg and ConfigDict(test_cfg),
            data_preprocessor=data_preprocessor,
            init_cfg=init_cfg,
        )
        self.auxiliary_head: Any = auxiliary_head and MODELS.build(auxiliary_head)
        use_grid_sample(self.bbox_head)
        if decoding_of(self.bbox_head) is None:
            check_test_cfg(test_cfg)

    def loss(
        self, batch_inputs: Tensor, batch_data_samples: Sequence[BaseDataElement]
    ) -> dict:
        """Losses of clips ``(B, 3, T, H, W)``."""
        maps = self.backbone(batch_inputs)
        losses: dict = self.bbox_head.loss(
            self._neck_maps(maps), self._head_samples(batch_data_samples)
        )
        if self.auxiliary_head is not None:
            losses.update(self.auxiliary_head.loss(maps, batch_data_samples))
        return losses

    def predict(
        self,
        batch_inputs: Tensor,
        batch_data_samples: Sequence[BaseDataElement],
        rescale: bool = True,
    ) -> Sequence[BaseDataElement]:
        """Return the samples of clips ``(B, 3, T, H, W)`` with ``pred_instances``.

        Args:
            batch_inputs: Normalised clips.
            batch_data_samples: B samples.
            rescale: Whether boxes go to pixels of the original frame.
        """
        maps = self.backbone(batch_inputs)
        found = self.detect(maps, batch_data_samples, rescale)
        for sample, detections in zip(batch_data_samples, found, strict=True):
            sample.pred_instances = detections
        return batch_data_samples

    def detect(
        self,
        maps: tuple[Tensor, ...],
        samples: Sequence[BaseDataElement],
        rescale: bool = True,
    ) -> list[InstanceData]:
        """Run neck and head.

        Args:
            maps: Output of the backbone.
            samples: B samples with the metainfo of the clips.
            rescale: Whether boxes go to pixels of the original frame.

        Returns:
            Detections of each clip.
        """
        features = self._neck_maps(maps)
        if not is_mmdet_head(self.bbox_head):
            found: list[InstanceData] = self.bbox_head.predict(
                features, list(samples), rescale=rescale
            )
            return found
        return self._detect_as_mmdet(features, samples, rescale)

    def _neck_maps(self, maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        features: tuple[Tensor, ...] = self.neck(maps) if self.with_neck else maps
        return features

    def _detect_as_mmdet(
        self,
        features: tuple[Tensor, ...],
        samples: Sequence[BaseDataElement],
        rescale: bool,
    ) -> list[InstanceData]:
        head, decoding = self.bbox_head, decoding_of(self.bbox_head)
        metas = [sample.metainfo for sample in samples]
        if decoding is not None:
            decoded = decoding.decode(head(features), input_size(samples[0]))
            return apply_rule(decoding.rule, decoded, decoding.cfg, metas, rescale)
        found = head.predict(features, self._head_samples(samples), rescale=rescale)
        frames = [m["original_shape" if rescale else "img_shape"] for m in metas]
        return [clip_instances(*pair) for pair in zip(found, frames, strict=True)]

    def _head_samples(self, samples: Sequence[BaseDataElement]) -> list[Any]:
        """Samples as the head reads them."""
        if not is_mmdet_head(self.bbox_head):
            return list(samples)
        return [image_sample(sample, input_size(sample)) for sample in samples]


def is_single_stage(model: Any) -> bool:
    """Tell whether a model predicts as backbone, neck and head, one after the other.

    Args:
        model: ``ClipDetector``, ``mmdet.SingleStageDetector`` or a child of theirs;
            one that changes ``predict``, ``detect`` or ``extract_feat`` is not.
    """
    if not isinstance(model, SingleStageDetector):
        return False
    base = ClipDetector if isinstance(model, ClipDetector) else SingleStageDetector
    names = ("predict", "detect", "extract_feat")
    return all(getattr(type(model), n, 0) is getattr(base, n, 0) for n in names)
