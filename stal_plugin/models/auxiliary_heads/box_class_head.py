"""A class loss on the features of the ground-truth boxes, in training only."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmengine.structures import BaseDataElement
from torch import Tensor, nn

from stal_plugin.models.detectors.roi_align import roi_align
from stal_plugin.registry import MODELS

_DEFAULT_LOSS = {"type": "mmdet.CrossEntropyLoss"}


def jittered_boxes(boxes: Tensor, jitter: float) -> Tensor:
    """Move each border of each box at random.

    Args:
        boxes: ``(N, 4)`` xyxy.
        jitter: A border moves by up to this share of the box's size.

    Returns:
        ``(N, 4)`` xyxy; with ``jitter`` below 0.5 no box turns inside out.
    """
    sizes = boxes[:, 2:] - boxes[:, :2]
    moves = torch.empty_like(boxes).uniform_(-jitter, jitter)
    return boxes + moves * torch.cat([sizes, sizes], dim=1)


@MODELS.register_module()
class BoxClassHead(BaseModule):
    """Name the action in each ground-truth box from one map of the backbone.

    ::

        map (B, C, H, W) -> size x size samples in each jittered box
                         -> linear -> ReLU -> linear -> K classes

    The head of a detector learns a class at the few cells where it finds an actor; the
    3D branch behind it gets that signal late and through the whole fusion. This loss
    reaches the 3D branch at once and at every actor. The layers are not used when the
    detector predicts.

    Args:
        num_classes: Classes K, without background.
        in_channels: Channels C of the map.
        feature: Which map of the backbone's output; -1 is LinkNet's 3D branch.
        size: Samples per side of a box.
        channels: Of the hidden layer.
        jitter: Each border of a box moves by up to this share of the box's size.
        loss_cls: A loss with mmdet's signature. Its target is one class index per box
            or, where boxes have several labels, ``(N, K)`` multi-hot (give it
            ``use_sigmoid=True``).
        init_cfg: Initialisation, see mmengine.

    Raises:
        ValueError: ``jitter`` is not in [0, 0.5).

    Losses:
        ``loss_aux_cls``: summed over boxes, mean over the clips of the batch, as
        :class:`YOWOHead` has it.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        feature: int = -1,
        size: int = 3,
        channels: int = 128,
        jitter: float = 0.1,
        loss_cls: dict | None = None,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not 0 <= jitter < 0.5:
            raise ValueError(f"jitter={jitter} must be in [0, 0.5)")
        self.feature = feature
        self.size = size
        self.jitter = jitter
        self.loss_cls = MODELS.build(loss_cls or _DEFAULT_LOSS)
        self.fc = nn.Sequential(
            nn.Linear(in_channels * size**2, channels),
            nn.ReLU(inplace=True),
            nn.Linear(channels, num_classes),
        )

    def forward(
        self,
        feature: Tensor,
        boxes: Sequence[Tensor],
        image_size: tuple[int, int],
    ) -> Tensor:
        """Return class logits ``(N, K)`` of boxes.

        Args:
            feature: The map ``(B, C, H, W)``.
            boxes: Per clip ``(N_b, 4)`` xyxy, pixels of the input.
            image_size: Pixels (h, w) of the input.
        """
        parts = roi_align(feature, boxes, image_size, self.size, samples=1)
        logits: Tensor = self.fc(parts.flatten(1))
        return logits

    def loss(
        self,
        maps: Sequence[Tensor],
        samples: Sequence[BaseDataElement],
    ) -> dict[str, Tensor]:
        """Class loss of the ground-truth boxes.

        Args:
            maps: Output of the backbone.
            samples: B samples with ``gt_instances`` and ``img_shape``.
        """
        truth = [sample.gt_instances for sample in samples]
        boxes = [jittered_boxes(gt.bboxes, self.jitter) for gt in truth]
        size = tuple(samples[0].metainfo["img_shape"][:2])
        logits = self(maps[self.feature], boxes, size)
        labels = torch.cat([gt.labels for gt in truth])
        loss = self.loss_cls(logits, labels, reduction_override="sum")
        if not len(labels):  # keep the graph: DDP wants a gradient for every layer
            loss = logits.sum() * 0 + sum(p.sum() * 0 for p in self.parameters())
        return {"loss_aux_cls": loss / len(samples)}
