"""Heads: prediction layers, their losses and their results."""

from stal_plugin.models.dense_heads.yowo_head import YOWOHead

__all__ = ["YOWOHead"]
