"""Boxes and tubes as arrays, their overlap and their suppression."""

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.nms import nms_keep
from stal_plugin.structures.tubes import Tubes, nms_tubes, tube_overlaps

__all__ = ["BoxTable", "Tubes", "nms_keep", "nms_tubes", "tube_overlaps"]
