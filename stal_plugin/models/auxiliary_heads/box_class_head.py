"""A class loss on the features of the ground-truth boxes, in training only."""

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmengine.structures import BaseDataElement, InstanceData
from torch import Tensor, nn

from stal_plugin.models.roi_align import parts_of_boxes, roi_align
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
        hidden = nn.Linear(in_channels * size**2, channels)
        self.hidden = nn.Sequential(hidden, nn.ReLU(inplace=True))
        self.fc_cls = nn.Linear(channels, num_classes)

    def forward(self, feature: Tensor, boxes: Tensor) -> Tensor:
        """Return class logits ``(B, M, K)`` of equally many boxes per clip.

        Args:
            feature: The map ``(B, C, H, W)``.
            boxes: ``(B, M, 4)`` xyxy, from 0 to 1 of the input.
        """
        parts = parts_of_boxes(feature.float(), boxes, self.size)
        logits: Tensor = self.fc_cls(self.hidden(parts.flatten(2)))
        return logits

    def probabilities(
        self,
        feature: Tensor,
        boxes: Tensor,
        image_size: tuple[int, int],
        multilabel: bool,
    ) -> Tensor:
        """Return class probabilities ``(B, M, K)`` of equally many boxes per clip.

        Args:
            feature: The map ``(B, C, H, W)``.
            boxes: ``(B, M, 4)`` xyxy in pixels of the input.
            image_size: Pixels (h, w) of the input.
            multilabel: A sigmoid for each class instead of a softmax over all.
        """
        height, width = image_size
        limit = boxes.new_tensor([width, height, width, height])
        logits = self(feature, boxes / limit)
        return logits.sigmoid() if multilabel else logits.softmax(dim=-1)

    def loss(
        self,
        maps: Sequence[Tensor],
        samples: Sequence[BaseDataElement],
    ) -> dict[str, Tensor]:
        """Class loss of the ground-truth boxes, summed over them, mean over clips.

        Args:
            maps: Output of the backbone.
            samples: B samples with ``gt_instances`` and ``img_shape``.
        """
        truth = [sample.gt_instances for sample in samples]
        image_size = samples[0].metainfo["img_shape"][:2]
        loss = self.summed_loss(maps[self.feature], truth, image_size)
        return {"loss_aux_cls": loss / len(samples)}

    def summed_loss(
        self,
        feature: Tensor,
        truth: Sequence[InstanceData],
        image_size: tuple[int, int],
    ) -> Tensor:
        """Class loss of ground-truth boxes, summed over them.

        Args:
            feature: The map ``(B, C, H, W)``.
            truth: Per clip ``bboxes`` ``(N_b, 4)`` xyxy in pixels of the input, and
                ``labels``.
            image_size: Pixels (h, w) of the input.
        """
        boxes = [jittered_boxes(gt.bboxes, self.jitter) for gt in truth]
        parts = roi_align(feature, boxes, image_size, self.size, samples=1)
        logits = self.fc_cls(self.hidden(parts.flatten(1)))
        labels = torch.cat([gt.labels for gt in truth])
        if not len(labels):  # keep the graph: DDP wants a gradient for every layer
            return logits.sum() * 0 + sum(p.sum() * 0 for p in self.parameters())
        loss: Tensor = self.loss_cls(logits, labels, reduction_override="sum")
        return loss
