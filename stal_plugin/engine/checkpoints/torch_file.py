"""State dicts in files of torch, and tensors under the names of our models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from stal_plugin.engine.checkpoints.safe_load import load_from_local


def read_state_dict(
    path: str | Path, keys: tuple[str, ...] = ("state_dict",)
) -> dict[str, Tensor]:
    """Read the tensors of a checkpoint.

    The prefix ``module.`` of data-parallel models goes.

    Args:
        path: The file.
        keys: Where the tensors may lie, if not at the top; the first found counts.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, holds objects that can run code and was not
            trusted (see ``engine.checkpoints.safe_load``), or has no tensors.
    """
    checkpoint: Any = load_from_local(str(path), map_location="cpu")
    if isinstance(checkpoint, Mapping):
        found = [checkpoint[key] for key in keys if key in checkpoint]
        checkpoint = found[0] if found else checkpoint
    listed = " or ".join(map(repr, keys))
    if not isinstance(checkpoint, Mapping):
        raise ValueError(
            f"'{path}' holds a {type(checkpoint).__name__}, but must hold a dict of "
            f"tensors, or one with such a dict under {listed}"
        )
    tensors = {
        str(name).removeprefix("module."): value
        for name, value in checkpoint.items()
        if isinstance(value, Tensor)
    }
    if not tensors:
        raise ValueError(
            f"'{path}' has no tensors, neither at its top nor under {listed}; its "
            f"keys are {[*checkpoint][:5]}"
        )
    return tensors


@dataclass(frozen=True)
class ForeignWeights:
    """Tensors of a foreign file under the names of our model.

    Args:
        tensors: By name, as in the model's ``state_dict``.
        model: Config of a model that the weights fit.
        required: Arguments of ``model`` that a user's model must share.
        skipped: Tensors of the file that no model of ours has: name and why.
        class_layers: Prefixes of the layers whose shape depends on the number of
            classes; they are skipped where it differs.
        notes: What the user should know.
        prefix: Of the tensors in the checkpoint that is written: the name of the part
            in a model that is saved whole, with a dot.
        companions: Tensors of other parts, saved beside.
        meta: What the checkpoint says about itself.
    """

    tensors: dict[str, Tensor]
    model: dict[str, Any]
    required: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    class_layers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    prefix: str = ""
    companions: dict[str, Tensor] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
