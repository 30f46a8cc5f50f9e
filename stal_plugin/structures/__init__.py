"""Boxes and tubes as arrays, their overlap and their suppression."""

from stal_plugin.structures.box_table import BoxTable
from stal_plugin.structures.detections import Detections, GroundTruth
from stal_plugin.structures.nms import suppress_overlaps
from stal_plugin.structures.tubes import Tubes, suppress_tubes, tube_overlaps

__all__ = [
    "BoxTable",
    "Detections",
    "GroundTruth",
    "Tubes",
    "suppress_overlaps",
    "suppress_tubes",
    "tube_overlaps",
]
