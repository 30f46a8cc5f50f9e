"""Necks: fuse the maps of the branches."""

from stal_plugin.models.necks.cfam import CFAM
from stal_plugin.models.necks.multi_level_cfam import MultiLevelCFAM

__all__ = [
    "CFAM",
    "MultiLevelCFAM",
]
