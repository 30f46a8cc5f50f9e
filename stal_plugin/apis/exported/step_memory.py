"""What is kept of a stream between the time steps of an exported network."""

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from stal_plugin.apis.exported.runtime import Arrays

#: For each kept output of a graph, how many frames later it is needed, descending.
Lags = dict[str, tuple[int, ...]]

_LONGEST = 4096  # frames
_LARGEST = 4 << 30  # bytes of one stream


def input_names(lags: Lags) -> list[str]:
    """Names of the inputs of a graph that take kept outputs, in order."""
    return [f"{name}.{lag}" for name, each in lags.items() for lag in each]


def check_lags(
    lags: Lags, inputs: Mapping[str, tuple[int, ...]], outputs: tuple[str, ...]
) -> None:
    """Raise ValueError unless a graph has these inputs and outputs.

    Args:
        lags: What a file says is to be kept.
        inputs: Shapes of the inputs of its graph, without the batch.
        outputs: Names of its outputs.
    """
    names = input_names(lags)
    if list(inputs)[1:] != names or not set(lags) <= set(outputs):
        raise ValueError(
            "its inputs and outputs are not those that its settings name (entry "
            "'stal_plugin.stream'): export it anew with tools/export_onnx.py"
        )
    size = 0
    for name, each in lags.items():
        shapes = {inputs[f"{name}.{lag}"] for lag in each}
        if len(shapes) != 1 or not all(1 <= lag <= _LONGEST for lag in each):
            raise ValueError(f"it cannot keep {name!r} for {each} frames")
        size += 4 * max(each) * int(np.prod([*shapes.pop()], dtype=object))
    if size > _LARGEST:
        raise ValueError(f"it would keep {size:,} bytes of each stream")


class StepMemory:
    """What is kept of B streams that run side by side; its size never changes.

    Args:
        lags: For each kept output, how many frames later it is needed.
        inputs: Shapes of the graph's inputs, without the batch.
        batch_size: B.
    """

    def __init__(
        self, lags: Lags, inputs: Mapping[str, tuple[int, ...]], batch_size: int = 1
    ) -> None:
        self._lags = lags
        self._kept: dict[str, deque[NDArray]] = {}
        for name, each in lags.items():
            shape = inputs[f"{name}.{each[0]}"]
            zero = np.zeros((batch_size, *shape), np.float32)
            self._kept[name] = deque([zero] * max(each), maxlen=max(each))

    def feeds(self) -> Arrays:
        """What the graph takes beside the newest frame."""
        return {
            f"{name}.{lag}": self._kept[name][-lag]
            for name, each in self._lags.items()
            for lag in each
        }

    def take(self, outputs: Mapping[str, NDArray]) -> None:
        """Keep the outputs of a step."""
        for name, kept in self._kept.items():
            kept.append(outputs[name])
