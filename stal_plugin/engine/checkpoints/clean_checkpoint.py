"""mmengine's own checkpoints cannot be loaded under ``weights_only=True``.

Upstream fault (mmengine 0.10.7, torch >= 2.6): ``runner.save_checkpoint`` pickles
``HistoryBuffer`` objects, numpy scalars and functions of schedulers, so resuming
fails with "Weights only load failed" (open-mmlab/mmengine#1655). Allow-listing them
would need ``builtins.getattr``, which defeats the protection.
Can go: when mmengine saves nothing but tensors and plain values.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

_PLAIN = (bool, int, float, str, bytes, type(None), torch.device, torch.dtype)


def clean_checkpoint(checkpoint: dict[str, Any]) -> list[str]:
    """Make a checkpoint loadable with ``torch.load(weights_only=True)``, in place.

    numpy values become Python values. What mmengine does not need for resuming is
    dropped: the logged curves (they are in the log files), objects among the runtime
    information and the functions of schedulers (their constructors make them again).

    Args:
        checkpoint: What ``Runner.save_checkpoint`` is about to write.

    Returns:
        The dotted names of the entries that were dropped.

    Raises:
        ValueError: If weights, optimizer state or another entry that is needed for
            resuming holds an object that is neither a tensor nor a plain value.
    """
    dropped: list[str] = []
    message_hub = checkpoint.get("message_hub")
    if message_hub is not None:
        message_hub["log_scalars"] = {}
        message_hub["runtime_info"] = to_plain(
            dict(message_hub["runtime_info"]), "runtime_info", dropped.append
        )
        info = message_hub["runtime_info"]
        message_hub["resumed_keys"] = {
            key: bool(value)
            for key, value in message_hub["resumed_keys"].items()
            if key in info
        }
    for key in ("meta", "param_schedulers"):
        if key in checkpoint:
            checkpoint[key] = to_plain(checkpoint[key], key, dropped.append)
    for key, value in checkpoint.items():
        if not _is_tensor_dict(value):
            checkpoint[key] = to_plain(value, key, _refuse)
    return dropped


def to_plain(value: Any, name: str, on_other: Callable[[str], None]) -> Any:
    """Copy nested containers, turning numpy values into Python values.

    Args:
        value: Dicts, lists, tuples and leaves.
        name: Dotted name of ``value``, for messages.
        on_other: Called with the name of each leaf that is neither a tensor nor
            plain; the leaf is left out if this does not raise.
    """
    if isinstance(value, dict):
        items = {k: to_plain(v, f"{name}.{k}", on_other) for k, v in value.items()}
        plain = {k: v for k, v in items.items() if v is not _OTHER}
        return OrderedDict(plain) if isinstance(value, OrderedDict) else plain
    if isinstance(value, (list, tuple)) and not isinstance(value, torch.Size):
        elements = [to_plain(v, f"{name}[{i}]", on_other) for i, v in enumerate(value)]
        if any(v is _OTHER for v in elements):
            return _OTHER
        return elements if isinstance(value, list) else tuple(elements)
    return _plain_leaf(value, name, on_other)


_OTHER = object()


def _plain_leaf(value: Any, name: str, on_other: Callable[[str], None]) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.tolist()
    if type(value) in _PLAIN or isinstance(value, (torch.Tensor, torch.Size)):
        return value
    for plain_type in (int, float, str):  # subclasses, such as enumerations
        if isinstance(value, plain_type):
            return plain_type(value)
    on_other(name)
    return _OTHER


def _is_tensor_dict(value: Any) -> bool:
    """Leave state dicts alone: a copy would lose their ``_metadata``."""
    return isinstance(value, dict) and all(
        isinstance(v, torch.Tensor) for v in value.values()
    )


def _refuse(name: str) -> None:
    raise ValueError(
        f"checkpoint entry '{name}' is neither a tensor nor a plain value; it could "
        "not be loaded again under weights_only=True. Allowed: tensors, numbers, "
        "strings, None, and dicts, lists and tuples of these. Fix: return such values "
        "from the state_dict() that made it."
    )
