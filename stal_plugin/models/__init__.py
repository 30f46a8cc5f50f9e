"""Networks, losses and task modules; importing the package registers them."""

from stal_plugin.models import (
    backbones,
    data_preprocessors,
    dense_heads,
    detectors,
    links,
    losses,
    necks,
    task_modules,
)

__all__ = [
    "backbones",
    "data_preprocessors",
    "dense_heads",
    "detectors",
    "links",
    "losses",
    "necks",
    "task_modules",
]
