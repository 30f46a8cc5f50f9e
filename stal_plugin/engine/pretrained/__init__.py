"""Models that work without training: where their weights are, put together."""

from stal_plugin.engine.pretrained.assemble import pretrained
from stal_plugin.engine.pretrained.catalogue import CATALOGUE

__all__ = ["CATALOGUE", "pretrained"]
