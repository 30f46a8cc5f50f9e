"""What a head has to know of its losses."""

import logging
from typing import Any

from mmengine.logging import print_log
from torch import nn


def check_activation(loss_cls: Any, multilabel: bool) -> None:
    """Check that a loss trains what the head decodes.

    Args:
        loss_cls: A loss; only one that has ``activation`` is checked.
        multilabel: Whether the head decodes a sigmoid, else a softmax.

    Raises:
        ValueError: They disagree.
    """
    expected = "sigmoid" if multilabel else "softmax"
    actual = getattr(loss_cls, "activation", expected)
    if actual != expected:
        raise ValueError(
            f"loss_cls trains a {actual}, but multilabel={multilabel} decodes a "
            f"{expected}: set multilabel={not multilabel} or "
            f"loss_cls.activation='{expected}'"
        )


def compares_decoded_boxes(loss_bbox: nn.Module, setting: bool | None) -> bool:
    """Whether a loss compares decoded boxes, else deltas.

    Args:
        loss_bbox: The loss.
        setting: ``reg_decoded_bbox`` of the config. None, as in older configs: the
            name of the loss decides, with a warning.
    """
    name = type(loss_bbox).__name__
    if setting is not None or "IoU" not in name:
        return bool(setting)
    print_log(
        f"YOWOHead takes {name} for a loss of decoded boxes. Say so in the config: "
        "train_cfg.reg_decoded_bbox=True",
        logger="current",
        level=logging.WARNING,
    )
    return True
