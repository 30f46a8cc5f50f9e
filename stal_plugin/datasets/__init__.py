"""Data sets; importing the package registers them."""

from stal_plugin.datasets.agot_dataset import AgotDataset
from stal_plugin.datasets.stal_dataset import STALDataset

__all__ = ["AgotDataset", "STALDataset"]
