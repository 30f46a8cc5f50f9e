"""Focal losses in log space, so that value and gradient stay finite.

``(1 - p)**alpha`` is computed as ``exp(alpha * log(1 - p))`` with an exact
``log(1 - p)``. A power of ``1 - p`` itself has an infinite slope at p = 1 for
alpha < 1, and 0 * inf would make the gradient NaN.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# Finite stand-in for -inf: exp() of it is 0, 0 times it is 0 and no gradient is NaN.
_LOG_ZERO = -1e30


def focal_terms(logits: Tensor, alpha: float) -> Tensor:
    """Return ``-(1 - p_c)**alpha * log(p_c)`` for every class c, p = softmax.

    Args:
        logits: ``(..., C)``.
        alpha: Focal exponent, >= 0.

    Returns:
        ``(..., C)``.
    """
    log_p = F.log_softmax(logits, dim=-1)
    return -torch.exp(alpha * _log_complement(logits, log_p)) * log_p


def focal_cross_entropy(logits: Tensor, target: Tensor, alpha: float) -> Tensor:
    """Softmax focal loss of each row, for class indices.

    Args:
        logits: ``(..., C)``.
        target: ``(...)`` int64, 0-based.
        alpha: Focal exponent, >= 0; 0 is cross entropy.

    Returns:
        ``(...)``.
    """
    terms = focal_terms(logits, alpha)
    return terms.gather(-1, target.unsqueeze(-1)).squeeze(-1)


def focal_binary(logits: Tensor, target: Tensor, alpha: float) -> Tensor:
    """Sigmoid focal loss of each element.

    ``t (1-p)**alpha * -log(p) + (1-t) p**alpha * -log(1-p)``.

    Args:
        logits: Any shape.
        target: Same shape, in [0, 1].
        alpha: Focal exponent, >= 0; 0 is binary cross entropy.

    Returns:
        Same shape.
    """
    log_p = F.logsigmoid(logits)
    log_not_p = F.logsigmoid(-logits)
    positive = torch.exp(alpha * log_not_p) * log_p
    negative = torch.exp(alpha * log_p) * log_not_p
    return -(target * positive + (1 - target) * negative)


def _log_complement(logits: Tensor, log_p: Tensor) -> Tensor:
    """Return ``log(1 - p)`` of a softmax, ``(..., C)``.

    Only the largest logit can have p > 1/2; for it 1 - p is the sum of the others.
    """
    top = F.one_hot(logits.argmax(-1), logits.size(-1)).bool()
    others = logits.masked_fill(top, _LOG_ZERO).logsumexp(-1, keepdim=True)
    log_not_top = others - logits.logsumexp(-1, keepdim=True)
    p = log_p.exp().masked_fill(top, 0)
    return torch.where(top, log_not_top, torch.log1p(-p))
