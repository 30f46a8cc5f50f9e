"""Necks: fuse the maps of the branches."""

from stal_plugin.models.necks.cfam import CFAM

__all__ = [
    "CFAM",
]
