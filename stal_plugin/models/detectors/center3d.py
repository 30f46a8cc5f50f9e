"""Center3D: localise on the key frame, classify from keypoint heatmaps of all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor, nn

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
from stal_plugin.models.task_modules.center_maps import CenterMaps, change_maps
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
        Paper, section 6.3.
    """

    def __init__(
        self,
        localizer: dict,
        classifier: dict,
        classifier_input: str = "heatmap",
        blend_weight: float = 0.7,
        frozen: bool = False,
        test_cfg: dict | None = None,
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
        maps = self.frame_maps(inputs)
        logits = self.classifier(
            self.classifier_volume(inputs, maps), [whole] * len(inputs), _size(inputs)
        )
        return _key_frames(maps, inputs.shape[2]), logits

    def _loss(
        self, clips: Tensor, samples: Sequence[BaseDataElement]
    ) -> dict[str, Tensor]:
        truth = [sample.gt_instances for sample in samples]
        volume = self.classifier_volume(clips, self.frame_maps(clips))
        losses: dict[str, Tensor] = self.classifier.loss(
            volume,
            [gt.bboxes for gt in truth],
            [gt.labels for gt in truth],
            _size(clips),
        )
        if not self.frozen:
            losses |= self.localizer.bbox_head.loss_by_feat(
                self._maps(clips[:, :, -1]),
                [_actors(gt) for gt in truth],
                [sample.metainfo for sample in samples],
            )
        return losses

    def _predict(
        self, clips: Tensor, samples: Sequence[BaseDataElement]
    ) -> Sequence[BaseDataElement]:
        maps = self.frame_maps(clips)
        features = self.classifier.features(self.classifier_volume(clips, maps))
        key = _key_frames(maps, clips.shape[2])
        return self.detect(key, features, samples, _size(clips))

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
            features, [found.bboxes for found in actors], image_size
        )
        for sample, found, classes in zip(samples, actors, probs, strict=True):
            sample.pred_instances = self._detections(found, classes, sample.metainfo)
        return samples

    def _detections(
        self, actors: InstanceData, probs: Tensor, meta: dict
    ) -> InstanceData:
        found = select_detections(
            actors.bboxes,
            actors.scores,
            probs,
            self.classifier.multilabel or self.test_cfg["all_classes"],
            self.test_cfg["score_thr"],
        )
        limit = self.test_cfg["max_per_img"]
        if self.test_cfg["nms"] is not None:
            nms = dict(self.test_cfg["nms"])
            found = suppress_detections(found, nms, self.test_cfg["nms_pre"], limit)
        found = found[found.scores.argsort(descending=True)[:limit]]
        scale = found.bboxes.new_tensor(meta["scale_factor"])
        found.bboxes = to_original_pixels(found.bboxes, scale, meta["original_shape"])
        return found

    def _maps(self, frames: Tensor) -> CenterMaps:
        (maps,) = self.localizer.bbox_head(self.localizer.extract_feat(frames))
        return maps

    @torch.no_grad()
    def frame_maps(self, clips: Tensor) -> CenterMaps:
        """Run the localizer on every frame, as at test time and without gradient.

        Args:
            clips: ``(B, 3, T, H, W)``.

        Returns:
            Maps of ``B * T`` frames, those of a clip in a row.
        """
        with _evaluating(self.localizer):
            return self._maps(clips.transpose(1, 2).flatten(0, 1))

    def classifier_volume(self, clips: Tensor, maps: CenterMaps) -> Tensor:
        """Return what the classifier sees.

        Args:
            clips: ``(B, 3, T, H, W)``, normalised.
            maps: Of all frames, see :meth:`frame_maps`.

        Returns:
            ``(B, J, T, h, w)`` heatmaps in [0, 1], or ``(B, 3, T, H, W)``.
        """
        heatmaps = self._keypoint_heatmaps(maps)
        heatmaps = heatmaps.unflatten(0, (len(clips), -1)).transpose(1, 2)
        if self.classifier_input == "heatmap":
            return heatmaps
        pictures = 255 * color_heatmaps(heatmaps, _size(clips))
        processor: Any = self.data_preprocessor
        pictures = (pictures - processor.mean) / processor.std
        return blend(clips, pictures.to(clips), self.blend_weight)

    def _keypoint_heatmaps(self, maps: CenterMaps) -> Tensor:
        head = self.localizer.bbox_head
        if maps.keypoint_heatmap is not None:
            return maps.keypoint_heatmap.float().sigmoid()
        return draw_box_keypoints(
            head.codec.decode(head.probabilities(maps)),
            head.codec,
            _size(maps.heatmap),
            head.codec.snap_score_thr,
        )


def _size(x: Tensor) -> tuple[int, int]:
    return (x.shape[-2], x.shape[-1])


def _key_frames(maps: CenterMaps, length: int) -> CenterMaps:
    """Pick the last frame of each clip of that length."""
    return change_maps(maps, lambda m: m[length - 1 :: length])


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """Put a module into evaluation mode for a while."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)


def _actors(truth: InstanceData) -> InstanceData:
    """Return ground truth in which every actor is of class 0."""
    actors = InstanceData(
        bboxes=truth.bboxes,
        labels=torch.zeros(
            len(truth.bboxes), dtype=torch.long, device=truth.bboxes.device
        ),
    )
    for name in ("keypoints", "keypoints_visible"):
        if name in truth:
            actors[name] = truth[name]
    return actors
