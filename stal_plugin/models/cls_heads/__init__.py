"""Heads that name the action of a whole clip, for mmaction's recognisers."""

from stal_plugin.models.cls_heads.movinet_head import MoViNetHead

__all__ = ["MoViNetHead"]
