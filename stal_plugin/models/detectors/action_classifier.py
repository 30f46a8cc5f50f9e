"""Second stage: a 3D network that names the actions of given boxes."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.dense_heads.loss_facts import check_activation
from stal_plugin.models.memory_format import to_channels_last
from stal_plugin.models.roi_align import roi_align
from stal_plugin.registry import MODELS

#: Allowed values of ``per``.
UNITS = ("clip", "actor")


@MODELS.register_module()
class ActionClassifier(BaseModule):
    """Name the actions of given boxes.

    ::

        volume -> 3D backbone -> mean over T -> pool (clip) or RoI (actor)
               -> S x S parts, flattened -> dropout -> linear

    Args:
        backbone: Config of a 3D network, e.g. ``stal_plugin.ResNet3D18``; one that
            gives a tuple is read at the last entry.
        num_classes: K, without background.
        in_channels: Channels that the backbone gives.
        loss_cls: A loss with mmdet's signature, e.g. ``stal_plugin.ENFLoss``. If it
            has ``activation``, that must agree with ``multilabel``.
        per: ``'clip'``: one vector of classes for all boxes of a clip, as in the
            paper; two actors cannot do different things. ``'actor'``: one for each
            box, from the features inside.
        pool_size: Parts S per side.
        multilabel: Classes are independent (sigmoid) or exclusive (softmax).
        dropout: Share of features dropped before the last layer.
        channels_last: Run the backbone in channels-last memory format, see LinkNet.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, C, T, H, W)`` and per clip ``(N_b, 4)`` boxes; output ``(N, K)``
        logits, the boxes of all clips in order.

    Raises:
        ValueError: If ``per`` is neither, or activation and ``multilabel`` disagree.

    Reference:
        arXiv:2012.08097, section 6.3. Its code flattens 512 x 7 x 7 features:
        ``pool_size=7`` on 224 x 224 pixels.
    """

    def __init__(
        self,
        backbone: dict,
        num_classes: int,
        in_channels: int,
        loss_cls: dict,
        per: str = "clip",
        pool_size: int = 1,
        multilabel: bool = False,
        dropout: float = 0.0,
        channels_last: bool = False,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if per not in UNITS:
            raise ValueError(f"per must be one of {UNITS}, got {per!r}")
        self.num_classes = num_classes
        self.per = per
        self.pool_size = pool_size
        self.multilabel = multilabel
        self.channels_last = channels_last
        self.backbone: Any = MODELS.build(backbone)
        self.loss_cls: Any = MODELS.build(loss_cls)
        check_activation(self.loss_cls, multilabel)
        self.dropout = nn.Dropout(dropout)
        self.fc_cls = nn.Linear(in_channels * pool_size**2, num_classes)

    def init_weights(self) -> None:
        """Start with equal classes, nearly."""
        super().init_weights()
        nn.init.normal_(self.fc_cls.weight, std=0.01)
        nn.init.zeros_(self.fc_cls.bias)

    def forward(
        self, volume: Tensor, boxes: Sequence[Tensor], image_size: tuple[int, int]
    ) -> Tensor:
        """Return the logits of each box.

        Args:
            volume: ``(B, C, T, H, W)``; its picture may be smaller than the image.
            boxes: Per clip ``(N_b, 4)`` xyxy, pixels of the image.
            image_size: Pixels (h, w) of the image.
        """
        return self.classify(self.features(volume), boxes, image_size)

    def features(self, volume: Tensor) -> Tensor:
        """Map of the 3D backbone ``(B, C', h', w')``, the mean over time."""
        if self.channels_last:
            volume = to_channels_last(volume)
        output = self.backbone(volume)
        features: Tensor = output if isinstance(output, Tensor) else output[-1]
        return features.mean(dim=2)

    def classify(
        self, features: Tensor, boxes: Sequence[Tensor], image_size: tuple[int, int]
    ) -> Tensor:
        """Return the logits of each box, from the map; else as :meth:`forward`."""
        if self.per == "actor":
            return self._classify(
                roi_align(features, boxes, image_size, self.pool_size)
            )
        logits = self._classify(F.adaptive_avg_pool2d(features, self.pool_size))
        counts = torch.tensor([len(b) for b in boxes], device=logits.device)
        return logits.repeat_interleave(counts, dim=0)

    def _classify(self, parts: Tensor) -> Tensor:
        logits: Tensor = self.fc_cls(self.dropout(parts.flatten(1)))
        return logits

    def loss(
        self,
        volume: Tensor,
        boxes: Sequence[Tensor],
        labels: Sequence[Tensor],
        image_size: tuple[int, int],
    ) -> dict[str, Tensor]:
        """Return ``loss_cls``, a mean over boxes; 0 if there is none.

        Args:
            volume: ``(B, C, T, H, W)``.
            boxes: Per clip ``(N_b, 4)``, ground truth.
            labels: Per clip ``(N_b,)`` int64 0-based, or multi-hot ``(N_b, K)``.
            image_size: Pixels (h, w) of the image.
        """
        logits = self(volume, boxes, image_size)
        if len(logits) == 0:
            return {"loss_cls": logits.sum()}
        return {"loss_cls": self.loss_cls(logits, torch.cat(list(labels)))}

    def predict(
        self, volume: Tensor, boxes: Sequence[Tensor], image_size: tuple[int, int]
    ) -> tuple[Tensor, ...]:
        """Return per clip the probabilities ``(N_b, K)`` of each box."""
        return self.probabilities(self.features(volume), boxes, image_size)

    def probabilities(
        self, features: Tensor, boxes: Sequence[Tensor], image_size: tuple[int, int]
    ) -> tuple[Tensor, ...]:
        """Do as :meth:`predict`, from the map of :meth:`features`."""
        logits = self.classify(features, boxes, image_size).float()
        probs = logits.sigmoid() if self.multilabel else logits.softmax(dim=-1)
        return probs.split([len(b) for b in boxes])
