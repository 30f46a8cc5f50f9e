"""State dicts in files of torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from stal_plugin.compat.safe_load import load_from_local


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Read the tensors of a checkpoint.

    They may lie under ``state_dict``. The prefix ``module.`` of data-parallel models
    goes.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, holds objects that can run code and was not
            trusted (see ``stal_plugin.compat.safe_load``), or has no tensors.
    """
    checkpoint: Any = load_from_local(str(path), map_location="cpu")
    if isinstance(checkpoint, Mapping):
        checkpoint = checkpoint.get("state_dict", checkpoint)
    if not isinstance(checkpoint, Mapping):
        raise ValueError(
            f"'{path}' holds a {type(checkpoint).__name__}, but must hold a dict of "
            "tensors, or one with such a dict under 'state_dict'"
        )
    tensors = {
        str(name).removeprefix("module."): value
        for name, value in checkpoint.items()
        if isinstance(value, Tensor)
    }
    if not tensors:
        raise ValueError(
            f"'{path}' has no tensors, neither at its top nor under 'state_dict'; its "
            f"keys are {[*checkpoint][:5]}"
        )
    return tensors
