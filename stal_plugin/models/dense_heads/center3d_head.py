"""The anchor-free head: a heatmap of centres, with sizes and keypoints."""

from collections.abc import Sequence
from typing import Any

import torch
from mmdet.models.dense_heads.base_dense_head import BaseDenseHead
from mmengine.model import bias_init_with_prob, normal_init
from mmengine.structures import InstanceData
from torch import Tensor, nn

from stal_plugin.models.dense_heads.center_losses import center_losses
from stal_plugin.models.dense_heads.detection_rules import apply_rule
from stal_plugin.models.dense_heads.keypoint_source import (
    check_keypoint_source,
    keypoints_to_learn,
)
from stal_plugin.models.renamed import rename_keys
from stal_plugin.models.task_modules.center_maps import (
    CenterDetections,
    CenterMaps,
    change_maps,
)
from stal_plugin.registry import MODELS, TASK_UTILS

#: Weights of the parts of the loss in CenterNet.
CENTERNET_SCALES = {
    "heatmap": 1.0,
    "wh": 0.1,
    "offset": 1.0,
    "keypoint_offset": 1.0,
    "keypoint_heatmap": 1.0,
    "keypoint_cell_offset": 1.0,
}
_DEFAULT_TEST_CFG = {
    "score_thr": 0.005,
    "all_classes": True,
    "classes": None,
    "nms": None,
    "nms_pre": 1000,
    "max_per_img": 100,
}


@MODELS.register_module()
class Center3DHead(BaseDenseHead):
    """Predict centres, sizes and, optionally, keypoints of actors at every cell.

    A drop-in for ``YOWOHead``: each class has a heatmap of its own, so that a peak is
    a detection of one class, and its value the score; ``objectness`` is the
    probability of any class there, 1 - prod(1 - p). With ``num_classes=1`` it only
    localises. Names of layers are those of ``mmdet.CenterNetHead``, and lengths are in
    cells as there.

    Args:
        num_classes: Heatmaps K, without background.
        in_channels: Channels of the input map.
        feat_channels: Channels between the two convolutions of each branch.
        codec: ``stal_plugin.CenterCodec``; its ``stride`` is that of the map.
        num_keypoints: J; 0 leaves the three keypoint branches out.
        keypoint_source: ``'gt'``: ``gt_instances.keypoints`` ``(N, J, 2)`` in pixels
            and ``keypoints_visible`` ``(N, J)``. ``'box'``: centre, corners and edge
            midpoints of the box, J = 9.
        loss_heatmap: A loss of probabilities, by default CenterNet's modified focal
            loss. It runs in float32: in half precision mmdet's is NaN.
        loss_length: A loss of sizes and offsets, by default L1.
        train_cfg: ``scales``, see ``CENTERNET_SCALES``.
        test_cfg: ``score_thr``, ``max_per_img``; ``classes``: indices of the heatmaps
            to look at, None: all; ``all_classes``: whether classes have peaks of
            their own, or a cell counts for its best class only; ``nms`` (None as in
            CenterNet) and ``nms_pre``, as in YOWOHead.

    Shape:
        input: a tuple whose last map ``(B, C, H, W)`` is used; output: a tuple of one
        :class:`CenterMaps` of logits (heatmaps) and lengths.

    Losses:
        ``loss_heatmap``, ``loss_wh``, ``loss_offset``; with keypoints
        ``loss_keypoint_offset``, ``loss_keypoint_heatmap`` and
        ``loss_keypoint_cell_offset``. Each is a mean over the boxes (or visible
        keypoints) of the batch.

    Raises:
        ValueError: If keypoints and their source do not fit, a scale is unknown, or
            the strides of codec and map differ.

    Reference:
        Zhou et al., Objects as Points (2019); arXiv:2012.08097, section 6.3.
    """

    detection_rule = "peaks"

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        codec: dict,
        feat_channels: int = 64,
        num_keypoints: int = 0,
        keypoint_source: str = "box",
        loss_heatmap: dict | None = None,
        loss_length: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
    ) -> None:
        super().__init__()
        check_keypoint_source(num_keypoints, keypoint_source)
        self.num_classes = num_classes
        self.num_keypoints = num_keypoints
        self.keypoint_source = keypoint_source
        self.codec = TASK_UTILS.build(codec)
        self.loss_heatmap = MODELS.build(
            loss_heatmap or {"type": "mmdet.GaussianFocalLoss"}
        )
        self.loss_length = MODELS.build(loss_length or {"type": "mmdet.L1Loss"})
        scales = dict(train_cfg or {}).get("scales", {})
        scales = rename_keys(scales, {"size": "wh"}, "train_cfg.scales")
        if not set(scales) <= set(CENTERNET_SCALES):
            raise ValueError(
                f"train_cfg.scales has {sorted(scales)}, allowed are "
                f"{sorted(CENTERNET_SCALES)}"
            )
        self.scales = {**CENTERNET_SCALES, **scales}
        self.test_cfg = {**_DEFAULT_TEST_CFG, **(test_cfg or {})}
        channels = {"heatmap": num_classes, "wh": 2, "offset": 2}
        if num_keypoints:
            channels["keypoint_offset"] = 2 * num_keypoints
            channels["keypoint_heatmap"] = num_keypoints
            channels["keypoint_cell_offset"] = 2
        self._branches = [f"{name}_head" for name in channels]
        for name, out_channels in zip(self._branches, channels.values(), strict=True):
            self.add_module(name, _branch(in_channels, feat_channels, out_channels))

    def init_weights(self) -> None:
        """Start with heatmaps of 0.1 and lengths near 0, as CenterNet does."""
        super().init_weights()
        for name in self._branches:
            branch: Any = getattr(self, name)
            if name.endswith("heatmap_head"):
                nn.init.constant_(branch[-1].bias, bias_init_with_prob(0.1))
            else:
                for layer in (branch[0], branch[-1]):
                    normal_init(layer, std=0.001)

    def forward(self, x: tuple[Tensor, ...]) -> tuple[CenterMaps]:
        """Return the raw maps."""
        return (CenterMaps(*(getattr(self, name)(x[-1]) for name in self._branches)),)

    def keypoint_heatmaps(self, x: tuple[Tensor, ...]) -> Tensor:
        """Run that branch alone: ``(B, J, H, W)``, float32 in [0, 1].

        Only of a head with keypoints.
        """
        branch: Any = self.keypoint_heatmap_head
        heatmaps: Tensor = branch(x[-1]).float().sigmoid()
        return heatmaps

    def loss_by_feat(
        self,
        maps: CenterMaps,
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
        batch_gt_instances_ignore: list[InstanceData] | None = None,
    ) -> dict[str, Tensor]:
        """Losses of a batch, from the raw maps."""
        self._check_stride(maps, batch_img_metas)
        points, visible = keypoints_to_learn(
            batch_gt_instances, self.num_keypoints, self.keypoint_source
        )
        targets = self.codec.encode(
            [gt.bboxes for gt in batch_gt_instances],
            [gt.labels for gt in batch_gt_instances],
            self.num_classes,
            tuple(maps.heatmap.shape[-2:]),
            points,
            visible,
        )
        losses = center_losses(maps, targets, self.loss_heatmap, self.loss_length)
        return {f"loss_{k}": self.scales[k] * loss for k, loss in losses.items()}

    def predict_by_feat(
        self,
        maps: CenterMaps,
        batch_img_metas: list[dict],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Detections of each clip, from the raw maps.

        They have ``bboxes``, ``scores``, ``labels``, ``objectness`` and, if the head
        has keypoints, ``keypoints`` ``(M, J, 2)`` and ``keypoint_scores`` ``(M, J)``.
        """
        self._check_stride(maps, batch_img_metas)
        return apply_rule(
            self.detection_rule,
            self.decode(maps),
            self.rule_cfg,
            batch_img_metas,
            rescale,
        )

    @property
    def rule_cfg(self) -> dict:
        """Settings of the detection rule."""
        return self.test_cfg

    def decode(self, maps: CenterMaps) -> CenterDetections:
        """Best peaks of each clip, from the raw maps; this can be exported."""
        return self.codec.decode(self.probabilities(maps))

    def probabilities(self, maps: CenterMaps) -> CenterMaps:
        """Turn raw maps into what the codec reads: float32, classes of the test_cfg."""
        heatmap = maps.heatmap.float().sigmoid()
        classes = self.test_cfg["classes"]
        if classes is not None:
            mask = torch.zeros_like(heatmap[:1, :, :1, :1])
            mask[:, list(classes)] = 1
            heatmap = heatmap * mask
        if not self.test_cfg["all_classes"]:
            heatmap = heatmap * (heatmap == heatmap.amax(dim=1, keepdim=True))
        probs = change_maps(maps, Tensor.float)._replace(heatmap=heatmap)
        if probs.keypoint_heatmap is None:
            return probs
        return probs._replace(keypoint_heatmap=probs.keypoint_heatmap.sigmoid())

    def _check_stride(self, maps: CenterMaps, metas: Sequence[dict]) -> None:
        height, width = maps.heatmap.shape[-2:]
        shape = tuple(metas[0]["img_shape"][:2])
        if shape != (height * self.codec.stride, width * self.codec.stride):
            raise ValueError(
                f"codec.stride={self.codec.stride}, but an input of {shape} pixels "
                f"gives a map of {(height, width)} cells: set the stride to that of "
                "the map"
            )


def _branch(in_channels: int, feat_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, feat_channels, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(feat_channels, out_channels, 1),
    )
