"""YOLO anchors in a buffer, by K-means on the sizes of the training boxes."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmdet.models.task_modules.prior_generators import YOLOAnchorGenerator
from mmengine.logging import print_log
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.modules.utils import _pair

from stal_plugin.models.task_modules.kmeans import anchors_by_level, check_sizes
from stal_plugin.registry import TASK_UTILS


@TASK_UTILS.register_module()
class KMeansAnchorGenerator(YOLOAnchorGenerator, nn.Module):
    """mmdet's YOLO anchors that belong to the checkpoint (the paper's DIYAnchorBox).

    The anchors are a buffer, ``anchor_sizes``. Those of a loaded checkpoint replace
    those of the configuration, because the weights were trained with them.

    A config may ask for K-means anchors of its training data with ``ann_file`` in
    place of ``base_sizes``. ``tools/train.py`` computes them and writes ``base_sizes``
    beside the request, see :mod:`stal_plugin.engine.data_facts`; this class reads no
    file. Built from a config that still asks, it has no anchors until a checkpoint is
    loaded.

    Args:
        strides: Pixels per cell of each level, a number or (x, y).
        num_anchors: Anchors per cell, A, of each level to compute. The paper uses 5.
        base_sizes: Anchors in pixels of the network's input: for each level A pairs
            (w, h), as in ``mmdet.YOLOAnchorGenerator``.
        sizes: In place of anchors, boxes to cluster: (w, h) in pixels, ``(N, 2)``.
        ann_file: Annotation whose boxes are to be clustered.
        split: Split of ``ann_file``.
        input_size: (w, h) of the network's input in pixels; needed with ``ann_file``.
        metric: 'euclidean' as in the paper, or 'iou' (distance 1 - IoU).
        seed: Of the clustering.
        use_box_type: Wrap the anchors in mmdet's box type.

    Shape:
        ``anchor_sizes``: ``(levels, A, 2)``, float32, w and h in pixels at the
        network's input. A model in half precision rounds them to 11 bits (0.05 %).

    Raises:
        ValueError: If there are neither anchors nor a source of them, or two, or if
            they do not fit.

    Reference:
        arXiv:2012.08097, section 6.2; Redmon & Farhadi, YOLO9000 (CVPR 2017),
        section 2.
    """

    anchor_sizes: Tensor

    def __init__(
        self,
        strides: Sequence[int] | Sequence[tuple[int, int]],
        num_anchors: int = 5,
        base_sizes: Sequence[Sequence[tuple[float, float]]] | None = None,
        sizes: ArrayLike | None = None,
        ann_file: str | None = None,
        split: str = "train",
        input_size: tuple[int, int] | None = None,
        metric: str = "euclidean",
        seed: int = 0,
        use_box_type: bool = False,
    ) -> None:
        # YOLOAnchorGenerator's constructor would store copies of the sizes, which a
        # loaded checkpoint could not change. Here they are properties of the buffer.
        nn.Module.__init__(self)
        self.strides = [_pair(stride) for stride in strides]
        self.centers = [(x / 2, y / 2) for x, y in self.strides]
        self.use_box_type = use_box_type
        if sizes is not None and (base_sizes is not None or ann_file is not None):
            raise ValueError("give one of base_sizes, sizes and ann_file, not several")
        self._asked = None if base_sizes is not None else ann_file
        if base_sizes is not None:
            anchors = _stacked(base_sizes, len(self.strides))
        elif sizes is not None:
            anchors = anchors_by_level(sizes, strides, num_anchors, metric, seed)
        elif ann_file is not None:
            anchors = np.full((len(strides), num_anchors, 2), np.nan)
        else:
            raise ValueError(
                "KMeansAnchorGenerator needs base_sizes (anchors), sizes (boxes to "
                "cluster) or ann_file (where tools/train.py finds them)"
            )
        self.register_buffer("anchor_sizes", torch.from_numpy(anchors).float())

    @property
    def num_levels(self) -> int:
        """Number of feature levels."""
        return len(self.strides)

    @property
    def num_base_priors(self) -> list[int]:
        """Anchors per cell of each level."""
        return [self.anchor_sizes.size(1)] * self.num_levels

    @property
    def base_sizes(self) -> list[list[tuple[float, float]]]:
        """Anchors (w, h) in pixels, level by level."""
        self._check_known()
        return [[(w, h) for w, h in level] for level in self.anchor_sizes.tolist()]

    @property
    def base_anchors(self) -> list[Tensor]:
        """Anchors of the first cell of each level, ``(A, 4)`` xyxy in pixels.

        Computed from the buffer, so they follow a loaded checkpoint and its device.
        """
        self._check_known()
        centers = self.anchor_sizes.new_tensor(self.centers)[:, None]
        half = self.anchor_sizes / 2
        return list(torch.cat([centers - half, centers + half], dim=-1))

    def _check_known(self) -> None:
        if self._asked is not None:
            raise ValueError(
                "KMeansAnchorGenerator has no anchors: the config asks for those of "
                f"{self._asked}. tools/train.py computes them and writes them into the "
                "config of its work folder; tools/kmeans_anchors.py prints base_sizes "
                "to put into yours; a checkpoint contains them."
            )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        own = self.anchor_sizes.clone()
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        if f"{prefix}anchor_sizes" not in state_dict:
            return
        asked, self._asked = self._asked, None
        if asked or torch.allclose(own, self.anchor_sizes, rtol=1e-3):
            return
        print_log(
            f"{prefix}anchor_sizes of the checkpoint are used, "
            f"{_rounded(self.anchor_sizes)}; the configuration gives {_rounded(own)}. "
            f"To use the latter, remove '{prefix}anchor_sizes' from the checkpoint.",
            logger="current",
            level=logging.WARNING,
        )

    def extra_repr(self) -> str:
        """Return strides and anchors, for ``print(model)``."""
        sizes = [_rounded(level) for level in self.anchor_sizes]
        return f"strides={self.strides}, anchor_sizes={sizes}"

    # AnchorGenerator's prints attributes that a YOLO generator does not have.
    __repr__ = nn.Module.__repr__


def _rounded(sizes: Tensor) -> list:
    return np.round(sizes.double().cpu().numpy(), 2).tolist()


def _stacked(
    base_sizes: Sequence[Sequence[tuple[float, float]]], levels: int
) -> np.ndarray:
    counts = {len(level) for level in base_sizes}
    if len(base_sizes) != levels or len(counts) != 1:
        raise ValueError(
            f"base_sizes must give each of the {levels} strides the same number of "
            f"(w, h) pairs, got {base_sizes}"
        )
    flat = check_sizes([size for level in base_sizes for size in level])
    return flat.reshape(levels, -1, 2)
