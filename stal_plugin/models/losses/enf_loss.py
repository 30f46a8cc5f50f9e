"""Focal loss weighted by the effective number of samples per class."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmdet.models.losses import weight_reduce_loss
from mmengine.logging import print_log
from numpy.typing import NDArray
from torch import Tensor, nn

from stal_plugin.models.losses.effective_number import effective_number_weights
from stal_plugin.models.losses.focal import (
    focal_binary,
    focal_cross_entropy,
    focal_terms,
)
from stal_plugin.models.renamed import renamed_arguments
from stal_plugin.registry import MODELS

REDUCTIONS = ("none", "mean", "sum")


@MODELS.register_module()
class ENFLoss(nn.Module):
    """Focal loss times a class weight from the effective number of frames.

    The loss of one box is ``w_y * (1 - p_y)**gamma * -log(p_y)`` with
    ``w_y = (1 - beta**n_y) / (1 - beta)`` (form 'paper') or its inverse. It follows
    the call of mmdet's losses and of mmaction2's, so it fits their heads.

    The paper's beta = 0.7 saturates at about 30 samples: every weight is 1 / 0.3, and
    the loss is 3.33 times the focal loss without any balancing. To balance, use
    ``form='inverse'``, ``beta=0.999`` (or 0.9999) and ``normalize='instance'``.

    The weights are a persistent buffer, ``class_weights``. Weights computed from the
    configuration win over those of a checkpoint (which may be of other data).

    Args:
        num_classes: K, without background.
        samples_per_class: Samples of each class, ``(K,)``; None with ``beta=0`` only.
            A config may ask for them: ``dict(ann_file=..., split='train',
            unit='frames')``, unit 'frames', 'clips' or 'boxes'. ``tools/train.py``
            puts the counts in its place (:mod:`stal_plugin.engine.data_facts`); built
            from a config that still asks, the loss takes its weights from a
            checkpoint.
        beta: In [0, 1); 0 gives the plain focal loss.
        gamma: Focal exponent, >= 0; ``alpha`` in the paper.
        form: 'paper' (as printed, favours frequent classes) or 'inverse' (Cui et
            al., favours rare classes).
        normalize: 'none', 'class' (mean weight over classes 1) or 'instance' (mean
            weight over samples 1: keeps the size of the loss).
        activation: 'softmax' or 'sigmoid'; must be what the head decodes with.
            None follows ``use_sigmoid``.
        use_sigmoid: mmdet's name of the same switch. mmdet's heads look for it in
            the config to choose K or K + 1 channels. None follows ``activation``.
        reduction: 'mean' (over rows for softmax, over elements for sigmoid), 'sum'
            or 'none'.
        loss_weight: Factor on the result.

    Shape:
        pred ``(..., C)``, target ``(...)`` int64 0-based or ``(..., C)``.
        C = K; softmax also takes C = K + 1, where the last column is background.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        arXiv:2012.08097, section 6.4; Cui et al., "Class-Balanced Loss Based on
        Effective Number of Samples", CVPR 2019.
    """

    class_weights: Tensor

    @renamed_arguments(alpha="gamma")
    def __init__(
        self,
        num_classes: int,
        samples_per_class: Sequence[float] | Mapping[str, Any] | None = None,
        beta: float = 0.7,
        gamma: float = 2.0,
        form: str = "paper",
        normalize: str = "none",
        activation: str | None = None,
        use_sigmoid: bool | None = None,
        reduction: str = "mean",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        if gamma < 0:
            raise ValueError(f"gamma must be >= 0, got {gamma}")
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction must be one of {REDUCTIONS}, got {reduction}")
        self.num_classes = num_classes
        self.gamma = gamma
        self.use_sigmoid = _resolve_sigmoid(activation, use_sigmoid)
        self.activation = "sigmoid" if self.use_sigmoid else "softmax"
        self.normalized = normalize != "none"
        self.reduction = reduction
        self.loss_weight = loss_weight
        self._unfilled = isinstance(samples_per_class, Mapping)
        weights = np.full(num_classes, np.nan)
        if not isinstance(samples_per_class, Mapping):
            counts = _check_counts(samples_per_class, num_classes, beta)
            weights = effective_number_weights(counts, beta, form, normalize)
            warn_if_uniform(weights[counts > 0], beta, form)
        self.register_buffer("class_weights", torch.from_numpy(weights).float())

    def forward(
        self,
        pred: Tensor,
        target: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
        reduction_override: str | None = None,
    ) -> Tensor:
        """Compute the loss.

        Args:
            pred: Logits, ``(..., C)``.
            target: ``(...)`` int64, 0-based. Background is K: a row of zeros for
                sigmoid, the last of C = K + 1 logits for softmax. Or ``(..., C)``:
                one-hot, soft, and (sigmoid) multi-hot labels.
            weight: Factor on each row ``(...)`` or element.
            avg_factor: Divisor that replaces the number of elements in 'mean', e.g.
                the number of positives.
            reduction_override: Replaces ``reduction`` for this call.

        Returns:
            A scalar; for 'none' ``(...)`` (softmax) or ``(..., C)`` (sigmoid). A
            mean over nothing is 0 (with a gradient of 0), not NaN.

        Raises:
            ValueError: If shapes or labels do not fit, or the weights are unknown.
        """
        if self._unfilled:
            raise ValueError(
                "ENFLoss has no class weights: the config asks for samples_per_class "
                "of an annotation. tools/train.py computes them and writes them into "
                "the config of its work folder; or give a list of numbers."
            )
        self._check_labels(pred, target)
        if pred.dtype in (torch.float16, torch.bfloat16):
            pred = pred.float()
        loss = (self._sigmoid_loss if self.use_sigmoid else self._softmax_loss)(
            pred, target
        )
        reduction = reduction_override or self.reduction
        if loss.numel() == 0 and reduction_override != "none":
            return self.loss_weight * pred.sum()
        if weight is not None:  # of rows, of elements, or flat
            if weight.numel() == loss.numel():
                weight = weight.reshape(loss.shape)
            elif weight.dim() == loss.dim() - 1:
                weight = weight.unsqueeze(-1)
        return self.loss_weight * weight_reduce_loss(
            loss, weight, reduction, avg_factor
        )

    def _softmax_loss(self, pred: Tensor, target: Tensor) -> Tensor:
        class_weights = self.class_weights.to(pred)
        if pred.size(-1) == self.num_classes + 1:
            background = self._background_weight().to(pred)
            class_weights = torch.cat([class_weights, background[None]])
        if target.dim() == pred.dim():
            return (target * class_weights * focal_terms(pred, self.gamma)).sum(-1)
        return class_weights[target] * focal_cross_entropy(pred, target, self.gamma)

    def _sigmoid_loss(self, pred: Tensor, target: Tensor) -> Tensor:
        if target.dim() < pred.dim():
            target = nn.functional.one_hot(target, self.num_classes + 1)[..., :-1]
        target = target.to(pred)
        # As in Cui et al., all K terms of a row carry the weight of its true class;
        # with several true classes their mean.
        total = target.sum(-1, keepdim=True)
        positive = (target * self.class_weights.to(pred)).sum(-1, keepdim=True)
        row_weight = torch.where(
            total > 0, positive / total.clamp(min=1e-12), self._background_weight()
        )
        return row_weight * focal_binary(pred, target, self.gamma)

    def _background_weight(self) -> Tensor:
        """Return the weight of an average sample, so that scale alone cancels out."""
        if self.normalized:
            return self.class_weights.new_ones(())
        return self.class_weights.mean()

    def _check_labels(self, pred: Tensor, target: Tensor) -> None:
        """Raise ValueError where a GPU would end the process with an assertion."""
        num_classes, columns = self.num_classes, pred.size(-1)
        allowed = [num_classes] if self.use_sigmoid else [num_classes, num_classes + 1]
        if columns not in allowed:
            raise ValueError(
                f"num_classes={num_classes} with {self.activation} takes {allowed} "
                f"logits per row, got pred of shape {tuple(pred.shape)}"
            )
        dense = target.dim() == pred.dim()
        shape = pred.shape if dense else pred.shape[:-1]
        if target.shape != shape:
            raise ValueError(
                f"{'dense ' if dense else ''}labels must have the shape "
                f"{tuple(shape)}, got {tuple(target.shape)}"
            )
        largest = num_classes if self.use_sigmoid else columns - 1
        if dense or not target.numel():
            return
        if not 0 <= target.min() <= target.max() <= largest:
            raise ValueError(
                f"labels must be 0 to {largest}, got {target.unique().tolist()}. "
                f"Background is label {num_classes}; it needs sigmoid or "
                f"{num_classes + 1} softmax logits."
            )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        own = self.class_weights.clone()
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        if self._unfilled:
            self._unfilled = f"{prefix}class_weights" not in state_dict
        elif not torch.equal(own, self.class_weights):
            self.class_weights.copy_(own)
            print_log(
                f"{prefix}class_weights of the checkpoint differ from those computed "
                "from the configuration; the latter are used.",
                logger="current",
                level=logging.WARNING,
            )


def _check_counts(
    samples_per_class: Sequence[float] | None, num_classes: int, beta: float
) -> NDArray[np.float64]:
    """Return the counts ``(K,)``; ones if there are none and ``beta`` is 0."""
    if samples_per_class is None and beta == 0:
        return np.ones(num_classes)
    if samples_per_class is None:
        raise ValueError(
            f"ENFLoss with beta={beta} needs samples_per_class: a list of "
            f"{num_classes} counts or dict(ann_file=..., split='train', "
            "unit='frames'). Use beta=0 for the plain focal loss."
        )
    counts = np.asarray(samples_per_class, dtype=np.float64)
    if counts.shape != (num_classes,):
        raise ValueError(
            f"samples_per_class has {counts.size} classes, but num_classes is "
            f"{num_classes}. Set num_classes to the number of classes of the training "
            "annotation, without background."
        )
    return counts


def warn_if_uniform(weights: NDArray[np.float64], beta: float, form: str) -> None:
    """Log a warning if weights of classes with samples differ by less than 1 %."""
    ratio = weights.max() / weights.min()
    if beta == 0 or len(weights) < 2 or ratio >= 1.01:
        return
    print_log(
        f"ENFLoss(beta={beta}, form='{form}') does not balance the classes: the "
        f"largest weight is {ratio:.4f} times the smallest, all are about "
        f"{weights.mean():.4g}. To weight rare classes up, set form='inverse', "
        "beta=0.999 or 0.9999, and normalize='instance'.",
        logger="current",
        level=logging.WARNING,
    )


def _resolve_sigmoid(activation: str | None, use_sigmoid: bool | None) -> bool:
    if activation not in (None, "softmax", "sigmoid"):
        raise ValueError(
            f"activation must be 'softmax' or 'sigmoid', got '{activation}'"
        )
    if activation is None:
        return bool(use_sigmoid)
    if use_sigmoid not in (None, activation == "sigmoid"):
        raise ValueError(
            f"activation='{activation}' contradicts use_sigmoid={use_sigmoid}; give one"
        )
    return activation == "sigmoid"
