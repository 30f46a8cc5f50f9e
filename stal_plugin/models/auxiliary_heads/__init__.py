"""Heads that only train: they add a loss to features and predict nothing."""

from stal_plugin.models.auxiliary_heads.box_class_head import BoxClassHead

__all__ = ["BoxClassHead"]
