"""Anchors from K-means on the sizes of the training boxes."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmdet.models.task_modules.prior_generators import YOLOAnchorGenerator
from mmengine.logging import print_log
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn.modules.utils import _pair

from stal_plugin.models.task_modules.kmeans import check_sizes, kmeans_anchors
from stal_plugin.registry import TASK_UTILS


@TASK_UTILS.register_module()
class KMeansAnchorGenerator(YOLOAnchorGenerator, nn.Module):
    """mmdet's YOLO anchors, with sizes found by K-means (the paper's DIYAnchorBox).

    The sizes are clustered once, when the model is built, and kept in the buffer
    ``anchor_sizes``. Heads own the generator as a module, so the checkpoint contains
    it and testing needs no data; the anchors of a loaded checkpoint replace those of
    the configuration, because the weights were trained with them.

    Levels get anchors by stride: the largest stride has the largest anchors.

    Args:
        strides: Pixels per cell of each level, a number or (x, y).
        num_anchors: Anchors per cell, A, for each level. The paper uses 5.
        base_sizes: Given anchors in pixels, used as they are: for each level A pairs
            (w, h), as in ``mmdet.YOLOAnchorGenerator``.
        sizes: Boxes to cluster, (w, h) in pixels at the network's input, ``(N, 2)``.
        ann_file: Annotation whose boxes are clustered. Where the file is missing, the
            anchors must come from a checkpoint.
        split: Split of ``ann_file``.
        input_size: (w, h) of the network's input in pixels; needed with ``ann_file``.
        metric: 'euclidean' as in the paper, or 'iou' (distance 1 - IoU).
        seed: Of the clustering.
        use_box_type: Wrap the anchors in mmdet's box type.

    Shape:
        ``anchor_sizes``: ``(levels, A, 2)``, float32, w and h in pixels at the
        network's input, sorted by area in each level. Clustering is in float64. A
        model in half precision rounds them to 11 bits (0.05 %).

    Raises:
        ValueError: If not exactly one of ``base_sizes``, ``sizes`` and ``ann_file``
            is given, or if they do not fit.

    Reference:
        The paper, section 6.2; Redmon & Farhadi, YOLO9000 (CVPR 2017), section 2.
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
        self._missing = ""
        if sum(source is not None for source in (base_sizes, sizes, ann_file)) != 1:
            raise ValueError(
                "KMeansAnchorGenerator needs exactly one of base_sizes (anchors), "
                "sizes (boxes to cluster) and ann_file (where to read them)"
            )
        if base_sizes is not None:
            anchors = _given_anchors(base_sizes, len(self.strides))
        else:
            if ann_file is not None:
                sizes = self._read_sizes(ann_file, split, input_size)
            anchors = self._cluster(sizes, num_anchors, metric, seed)
        self.register_buffer("anchor_sizes", torch.from_numpy(anchors).float())

    def _read_sizes(
        self, ann_file: str, split: str, input_size: tuple[int, int] | None
    ) -> NDArray[np.float64] | None:
        # Imported late: given anchors need no dataset code.
        from stal_plugin.annotations import read_annotation
        from stal_plugin.annotations.statistics import box_sizes

        if input_size is None:
            raise ValueError("ann_file needs input_size=(w, h), the network's input")
        try:
            annotation = read_annotation(ann_file)
        except FileNotFoundError as error:
            self._missing = str(error)
            return None
        sizes = box_sizes(annotation, split, input_size)
        if len(sizes) == 0:
            raise ValueError(
                f"{ann_file} has no box in split '{split}' to make anchors from: name "
                "another split, or give base_sizes"
            )
        return sizes

    def _cluster(
        self,
        sizes: ArrayLike | None,
        num_anchors: int,
        metric: str,
        seed: int,
    ) -> np.ndarray:
        """Return ``(levels, A, 2)``, NaN where the sizes are unknown."""
        shape = (len(self.strides), num_anchors, 2)
        if sizes is None:
            return np.full(shape, np.nan)
        anchors = kmeans_anchors(sizes, shape[0] * shape[1], metric, seed)
        rank = np.argsort(np.argsort([x * y for x, y in self.strides], kind="stable"))
        return anchors.reshape(shape)[rank]

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
        if self._missing and not torch.isfinite(self.anchor_sizes).all():
            raise FileNotFoundError(
                f"KMeansAnchorGenerator has no anchors. {self._missing}\nOr load a "
                "checkpoint that was trained with it: it contains them "
                "('anchor_sizes'). Or set base_sizes in the config."
            )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        own = self.anchor_sizes.clone()
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        if self._missing or torch.allclose(own, self.anchor_sizes, rtol=1e-3):
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


def _given_anchors(
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
