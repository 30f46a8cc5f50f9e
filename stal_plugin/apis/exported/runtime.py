"""What runs the graph of an exported file: one interface, a small class for each."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray]

#: Number formats that a runtime may be asked to compute in.
PRECISIONS = ("fp32", "bf16")


class Runtime(ABC):
    """Runs the graph of an exported file.

    Attributes:
        inputs: Shape of each input without the batch, which comes first and is free;
            0 is another free size.
        outputs: Names of the outputs, in order.
    """

    inputs: dict[str, tuple[int, ...]]
    outputs: tuple[str, ...]

    @abstractmethod
    def __call__(self, feeds: Mapping[str, NDArray]) -> Arrays:
        """Run the graph once.

        Args:
            feeds: ``(B, ...)`` float32 for each input; they are not changed. Inputs
                with a batch of their own may have another B.

        Returns:
            ``(B, ...)`` for each output; the caller's own.
        """


def fixed_shape(
    shape: list | tuple, name: str, path: object, varying: bool = False
) -> tuple[int, ...]:
    """Return the sizes after the batch.

    Args:
        shape: Sizes of an input of the graph; the first is the batch.
        name: Of the input.
        path: The file, for the error.
        varying: They may be free; such a size is 0.

    Raises:
        ValueError: One of them is free: the file is not ours.
    """
    known = [isinstance(size, (int, np.integer)) and size > 0 for size in shape[1:]]
    sizes = [size if own else 0 for size, own in zip(shape[1:], known, strict=True)]
    if not all(known) and not varying:
        raise ValueError(
            f"'{path}' cannot be run: its input {name!r:.99} has no fixed size; export "
            "it anew with tools/export_onnx.py"
        )
    return tuple(map(int, sizes))
