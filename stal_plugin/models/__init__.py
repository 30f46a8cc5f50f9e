"""Networks, losses and task modules; importing the package registers them."""

from stal_plugin.models import (
    auxiliary_heads,
    backbones,
    cls_heads,
    data_preprocessors,
    dense_heads,
    detectors,
    links,
    losses,
    necks,
    task_modules,
)

__all__ = [
    "auxiliary_heads",
    "backbones",
    "cls_heads",
    "data_preprocessors",
    "dense_heads",
    "detectors",
    "links",
    "losses",
    "necks",
    "task_modules",
]
