"""What a reader of foreign weights returns."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


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
    """

    tensors: dict[str, Tensor]
    model: dict[str, Any]
    required: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    class_layers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
