"""Focal losses in log space, so that value and gradient stay finite.

``(1 - p)**gamma`` is computed as ``exp(gamma * log(1 - p))`` with an exact
``log(1 - p)``. A power of ``1 - p`` itself, as in torchvision and mmdet, has an
infinite slope at p = 1 for gamma < 1, and 0 * inf would make the gradient NaN.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# Finite stand-in for -inf: exp() of it is 0, 0 times it is 0 and no gradient is NaN.
_LOG_ZERO = -1e30


def focal_terms(logits: Tensor, gamma: float) -> Tensor:
    """Return ``-(1 - p)**gamma * log(p)`` of every class, p = softmax: ``(..., C)``."""
    log_p = F.log_softmax(logits, dim=-1)
    # Only the largest logit can have p > 1/2; for it 1 - p is the sum of the others.
    top = F.one_hot(logits.argmax(-1), logits.size(-1)).bool()
    others = logits.masked_fill(top, _LOG_ZERO).logsumexp(-1, keepdim=True)
    log_not_top = others - logits.logsumexp(-1, keepdim=True)
    p = log_p.exp().masked_fill(top, 0)
    log_not_p = torch.where(top, log_not_top, torch.log1p(-p))
    return -torch.exp(gamma * log_not_p) * log_p


def focal_cross_entropy(logits: Tensor, target: Tensor, gamma: float) -> Tensor:
    """Softmax focal loss of each row ``(...)``, for class indices ``(...)`` int64."""
    terms = focal_terms(logits, gamma)
    return terms.gather(-1, target.unsqueeze(-1)).squeeze(-1)


def focal_binary(logits: Tensor, target: Tensor, gamma: float) -> Tensor:
    """Sigmoid focal loss of each element.

    ``t (1-p)**gamma * -log(p) + (1-t) p**gamma * -log(1-p)`` of targets t in [0, 1].
    """
    log_p = F.logsigmoid(logits)
    log_not_p = F.logsigmoid(-logits)
    positive = torch.exp(gamma * log_not_p) * log_p
    negative = torch.exp(gamma * log_p) * log_not_p
    return -(target * positive + (1 - target) * negative)
