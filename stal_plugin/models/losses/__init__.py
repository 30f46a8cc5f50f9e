"""Losses."""

from stal_plugin.models.losses.effective_number import (
    effective_number,
    effective_number_weights,
)
from stal_plugin.models.losses.enf_loss import ENFLoss
from stal_plugin.models.losses.focal import (
    focal_binary,
    focal_cross_entropy,
    focal_terms,
)

__all__ = [
    "ENFLoss",
    "effective_number",
    "effective_number_weights",
    "focal_binary",
    "focal_cross_entropy",
    "focal_terms",
]
