"""Center3D: localise on the key frame, classify from keypoint heatmaps of all."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor

from stal_plugin.models.dense_heads.center3d_head import Center3DHead
from stal_plugin.models.dense_heads.postprocess import (
    select_detections,
    suppress_detections,
    to_original_pixels,
)
from stal_plugin.models.detectors.heatmap_input import (
    blend,
    color_heatmaps,
    draw_box_keypoints,
)
from stal_plugin.models.detectors.stage_one import actors_of, evaluating, frames_of
from stal_plugin.models.memory_format import to_channels_last
from stal_plugin.models.task_modules.center_maps import CenterMaps
from stal_plugin.registry import MODELS

#: Allowed values of ``classifier_input``.
INPUTS = ("heatmap", "blend")
_DEFAULT_TEST_CFG = {
    "score_thr": 0.005,
    "all_classes": True,
    "nms": None,
    "nms_pre": 1000,
    "max_per_img": 100,
}


@MODELS.register_module()
class Center3D(BaseModel):
    """The paper's two stages: a centre detector, then a 3D network.

    ::

        key frame  -> localizer -> boxes -------------------------+
        all frames -> localizer -> keypoint heatmaps -> classifier -> classes of boxes

    The heatmaps are made as at test time, without gradient, and so the classification
    loss does not train the localizer. Where its head has no keypoint branches,
    keypoints of the detected boxes are drawn instead. The score of a class is the
    localisation score times its probability; ``objectness`` is the former.

    Args:
        localizer: Config of a detector with backbone, neck and ``bbox_head`` of type
            ``stal_plugin.Center3DHead``, e.g. ``mmdet.SingleStageDetector``. It learns
            that every actor is of class 0. Weights of its own: ``init_cfg``.
        classifier: Config of ``stal_plugin.ActionClassifier``.
        classifier_input: ``'heatmap'``: the heatmaps ``(B, J, T, H, W)``, as the
            paper says. ``'blend'``: the frames, blended with coloured heatmaps, as
            its code does.
        blend_weight: Weight of the coloured heatmaps in 'blend'; the code has 0.7.
        frozen: The localizer is not trained: no gradient, no update of BatchNorm.
        test_cfg: ``score_thr``, ``all_classes``, ``nms`` (None as in CenterNet),
            ``nms_pre`` and ``max_per_img``, as in YOWOHead. The localizer has its own.
        channels_last: Run the localizer in channels-last memory format, see LinkNet;
            the classifier has an argument of its own.
        data_preprocessor: Normalises the clips, default
            ``stal_plugin.ClipDataPreprocessor``.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, T, H, W)``, the key frame is the last; predictions: boxes xyxy
        in pixels of the original frame, inside of it.

    Losses:
        Those of the head unless frozen, and ``loss_cls``.

    Raises:
        ValueError: If the localizer has another head, or an argument is unknown.

    Reference:
        arXiv:2012.08097, section 6.3.
    """

    def __init__(
        self,
        localizer: dict,
        classifier: dict,
        classifier_input: str = "heatmap",
        blend_weight: float = 0.7,
        frozen: bool = False,
        test_cfg: dict | None = None,
        channels_last: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor or {"type": "stal_plugin.ClipDataPreprocessor"}, init_cfg
        )
        if classifier_input not in INPUTS:
            raise ValueError(
                f"classifier_input must be one of {INPUTS}, got {classifier_input!r}"
            )
        self.localizer: Any = MODELS.build(localizer)
        head = getattr(self.localizer, "bbox_head", None)
        if not isinstance(head, Center3DHead):
            raise ValueError(
                "the localizer's bbox_head must be a stal_plugin.Center3DHead, it is "
                f"{type(head).__name__}"
            )
        self.classifier: Any = MODELS.build(classifier)
        self.classifier_input = classifier_input
        self.blend_weight = blend_weight
        self.frozen = frozen
        self.channels_last = channels_last
        self.test_cfg = {**_DEFAULT_TEST_CFG, **(test_cfg or {})}
        if frozen:
            self.localizer.requires_grad_(False)
            self.localizer.eval()

    def train(self, mode: bool = True) -> "Center3D":
        """Switch to training; a frozen localizer stays in evaluation mode."""
        super().train(mode)
        if self.frozen:
            self.localizer.eval()
        return self

    def forward(
        self,
        inputs: Tensor,
        data_samples: Sequence[BaseDataElement] | None = None,
        mode: str = "tensor",
    ) -> Any:
        """Return raw output, losses, or samples with predictions.

        Raw output is the maps of the key frame and the logits ``(B, K)`` of a box that
        covers it.

        Args:
            inputs: ``(B, 3, T, H, W)``, normalised.
            data_samples: B samples, needed in the modes 'loss' and 'predict'.
            mode: 'tensor', 'loss' or 'predict', see mmengine.
        """
        if mode == "loss":
            return self._loss(inputs, data_samples or ())
        if mode == "predict":
            return self._predict(inputs, data_samples or ())
        height, width = _size(inputs)
        whole = inputs.new_tensor([[0, 0, width, height]])
        features = self.frame_features(inputs)
        volume = self.classifier_volume(inputs, self.frame_heatmaps(features))
        logits = self.classifier(volume, [whole] * len(inputs), _size(inputs))
        return self.key_maps(features, inputs.shape[2]), logits

    def _loss(
        self, clips: Tensor, samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        truth = [sample.gt_instances for sample in samples]
        heatmaps = self.frame_heatmaps(self.frame_features(clips))
        volume = self.classifier_volume(clips, heatmaps)
        losses: dict[str, Tensor] = self.classifier.loss(
            volume,
            [gt.bboxes for gt in truth],
            [gt.labels for gt in truth],
            _size(clips),
        )
        if not self.frozen:
            (maps,) = self.localizer.bbox_head(self._features(clips[:, :, -1]))
            losses |= self.localizer.bbox_head.loss_by_feat(
                maps,
                [actors_of(gt) for gt in truth],
                [sample.metainfo for sample in samples],
            )
        return losses

    def _predict(
        self, clips: Tensor, samples: Sequence[BaseDataElement]
    ) -> Sequence[BaseDataElement]:
        features = self.frame_features(clips)
        volume = self.classifier_volume(clips, self.frame_heatmaps(features))
        key = self.key_maps(features, clips.shape[2])
        return self.detect(key, self.classifier.features(volume), samples, _size(clips))

    def detect(
        self,
        key: CenterMaps,
        features: Tensor,
        samples: Sequence[BaseDataElement],
        image_size: tuple[int, int],
    ) -> Sequence[BaseDataElement]:
        """Put ``pred_instances`` into samples.

        Args:
            key: Maps of the key frames.
            features: Of the clips, from ``classifier.features``.
            samples: One per clip, with the metainfo.
            image_size: Pixels (h, w) of the frames.
        """
        metas = [sample.metainfo for sample in samples]
        actors = self.localizer.bbox_head.predict_by_feat(key, metas)
        probs = self.classifier.probabilities(
            features, [actor.bboxes for actor in actors], image_size
        )
        for sample, actor, classes in zip(samples, actors, probs, strict=True):
            sample.pred_instances = self._detections(actor, classes, sample.metainfo)
        return samples

    def _detections(
        self, actors: InstanceData, probs: Tensor, meta: dict
    ) -> InstanceData:
        detections = select_detections(
            actors.bboxes,
            actors.scores,
            probs,
            self.classifier.multilabel or self.test_cfg["all_classes"],
            self.test_cfg["score_thr"],
        )
        limit = self.test_cfg["max_per_img"]
        if self.test_cfg["nms"] is not None:
            nms = dict(self.test_cfg["nms"])
            detections = suppress_detections(
                detections, nms, self.test_cfg["nms_pre"], limit
            )
        detections = detections[detections.scores.argsort(descending=True)[:limit]]
        scale = detections.bboxes.new_tensor(meta["scale_factor"])
        detections.bboxes = to_original_pixels(
            detections.bboxes, scale, meta["original_shape"]
        )
        return detections

    def _features(self, frames: Tensor) -> tuple[Tensor, ...]:
        if self.channels_last:
            frames = to_channels_last(frames)
        features: tuple[Tensor, ...] = self.localizer.extract_feat(frames)
        return features

    @torch.no_grad()
    def frame_features(self, clips: Tensor) -> tuple[Tensor, ...]:
        """Features of every frame, as at test time and without gradient.

        Args:
            clips: ``(B, 3, T, H, W)``.

        Returns:
            What the head reads, of ``B * T`` frames, those of a clip in a row.
        """
        with evaluating(self.localizer):
            return self._features(frames_of(clips))

    @torch.no_grad()
    def key_maps(self, features: tuple[Tensor, ...], clip_len: int) -> CenterMaps:
        """Maps of the key frame, the last, of each clip of that length."""
        key_frames = tuple(f[clip_len - 1 :: clip_len] for f in features)
        (maps,) = self.localizer.bbox_head(key_frames)
        return maps

    @torch.no_grad()
    def frame_heatmaps(
        self, features: tuple[Tensor, ...], maps: CenterMaps | None = None
    ) -> Tensor:
        """Keypoint heatmaps of frames.

        Args:
            features: Of the frames, see :meth:`frame_features`.
            maps: The head's maps of these frames, if they are known already.

        Returns:
            ``(B * T, J, h, w)`` in [0, 1].
        """
        head = self.localizer.bbox_head
        if maps is None and head.num_keypoints:
            heatmaps: Tensor = head.keypoint_heatmaps(features)
            return heatmaps
        if maps is None:
            (maps,) = head(features)
        if maps.keypoint_heatmap is not None:
            return maps.keypoint_heatmap.float().sigmoid()
        return draw_box_keypoints(head.decode(maps), head.codec, _size(maps.heatmap))

    def classifier_volume(self, clips: Tensor, heatmaps: Tensor) -> Tensor:
        """Return what the classifier sees.

        Args:
            clips: ``(B, 3, T, H, W)``, normalised.
            heatmaps: ``(B * T, J, h, w)``, see :meth:`frame_heatmaps`.

        Returns:
            ``(B, J, T, h, w)`` heatmaps in [0, 1], or ``(B, 3, T, H, W)``.
        """
        heatmaps = heatmaps.unflatten(0, (len(clips), -1)).transpose(1, 2)
        if self.classifier_input == "heatmap":
            return heatmaps
        pictures = 255 * color_heatmaps(heatmaps, _size(clips))
        processor: Any = self.data_preprocessor
        pictures = (pictures - processor.mean) / processor.std
        return blend(clips, pictures.to(clips), self.blend_weight)


def _size(x: Tensor) -> tuple[int, int]:
    return (x.shape[-2], x.shape[-1])
