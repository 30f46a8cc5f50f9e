"""OpenVINO, the second engine for exported files: faster on most CPUs."""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from stal_plugin.annotations.problems import shortened
from stal_plugin.apis.exported.onnx_file import OnnxFile
from stal_plugin.apis.exported.runtime import Arrays, Runtime, fixed_shape

_MESSAGE = 300  # characters of what is wrong
_HINTS = {"fp32": "f32", "bf16": "bf16"}
_LOCK = Lock()
#: Largest batch that is compiled for where it varies, and how many shapes are kept.
_PIECE = 2
_MOST_KEPT = 6
_Shapes = tuple[tuple[str, tuple[int, ...]], ...]


class OpenVinoRuntime(Runtime):
    """Runs a file with OpenVINO on the CPU, with as many threads as torch has.

    The graph is compiled for a batch of one, and for another size when it comes: sizes
    that are known make it faster. Compiling takes about a second, so that a batch that
    varies from call to call is taken in twos and ones; a batch of some inputs' own has
    no known size.

    Args:
        file: The file.
        device: ``'cpu'``.
        precision: ``'fp32'``; or ``'bf16'``, where the processor has it.
        varying: The batch varies from call to call, and the graph may have free sizes
            beside it.
        own_batch: What the names of inputs begin with that have a batch of their own.

    Raises:
        ImportError: OpenVINO is not installed.
        ValueError: It cannot run the file, or has not the device or the precision.
    """

    def __init__(
        self,
        file: OnnxFile,
        device: str = "cpu",
        precision: str = "fp32",
        varying: bool = False,
        own_batch: tuple[str, ...] = (),
    ) -> None:
        core = _core()
        if device != "cpu":
            raise ValueError(
                f"engine='openvino' runs on the CPU, not on {device!r}: use "
                "device='cpu', or engine='onnxruntime'"
            )
        self.path, self._core = file.path, core
        if precision not in precisions():
            raise ValueError(
                f"this processor does not compute in {precision}: take 'fp32' or 'auto'"
            )
        self._config = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        }
        self._model = self._read(file.content)
        shapes = {i.get_any_name(): _sizes(i) for i in self._model.inputs}
        self.inputs = {
            n: fixed_shape(s, n, file.path, varying) for n, s in shapes.items()
        }
        self.outputs = tuple(output.get_any_name() for output in self._model.outputs)
        self._varying, self._own_batch = varying, own_batch
        self._requests: dict[_Shapes, Any] = {}
        if all(map(all, self.inputs.values())):
            for batch in range(1, 1 + (_PIECE if varying else 1)):
                self._request({n: (batch, *s) for n, s in self.inputs.items()})

    def __call__(self, feeds: Mapping[str, NDArray]) -> Arrays:
        """Run the graph once."""
        if self._own_batch:
            return self._infer(dict(feeds))
        batch = len(next(iter(feeds.values())))
        found = [
            self._infer({name: array[rows] for name, array in feeds.items()})
            for rows in pieces(batch, _PIECE if self._varying else batch)
        ]
        if len(found) == 1:
            return found[0]
        return {n: np.concatenate([part[n] for part in found]) for n in self.outputs}

    def _infer(self, feeds: Arrays) -> Arrays:
        request = self._request({n: array.shape for n, array in feeds.items()})
        arrays = request.infer(feeds, share_inputs=True)
        return {name: arrays[name] for name in self.outputs}

    def _request(self, shapes: Mapping[str, tuple[int, ...]]) -> Any:
        """What runs inputs of these shapes; the last ones are kept."""
        shapes = {
            n: (-1, *s[1:]) if n.startswith(self._own_batch) else s
            for n, s in shapes.items()
        }
        key = tuple(shapes.items())
        request = self._requests.pop(key, None) or self._compiled(shapes)
        self._requests[key] = request
        while len(self._requests) > (_MOST_KEPT if self._varying else 1):
            del self._requests[next(iter(self._requests))]
        return request

    def _read(self, content: bytes) -> Any:
        try:
            return self._core.read_model(BytesIO(content))
        except Exception as error:  # of C++
            raise self._refusal(error) from None

    def _compiled(self, shapes: Mapping[str, tuple[int, ...]]) -> Any:
        model = self._model.clone()
        try:
            model.reshape({name: list(shape) for name, shape in shapes.items()})
            compiled = self._core.compile_model(model, "CPU", self._config)
            return compiled.create_infer_request()
        except Exception as error:  # of C++
            raise self._refusal(error) from None

    def _refusal(self, error: Exception) -> ValueError:
        cause = shortened(" ".join(str(error).split()), _MESSAGE)
        return ValueError(f"'{self.path}' cannot be run by OpenVINO: {cause}")


def precisions() -> tuple[str, ...]:
    """Number formats that OpenVINO has fast on this processor, the plain one first."""
    able = _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ("fp32", "bf16") if "BF16" in able else ("fp32",)


def pieces(batch: int, most: int) -> list[slice]:
    """Take the rows of a batch apart, at most so many together."""
    return [slice(row, min(row + most, batch)) for row in range(0, batch, most)]


def _sizes(port: Any) -> list[int | None]:
    shape = port.get_partial_shape()
    return [d.get_length() if d.is_static else None for d in shape]


def _core() -> Any:
    """Return the core of this process, if the package is there."""
    try:
        import openvino
    except ImportError:
        raise ImportError(
            "engine='openvino' needs the package openvino: pip install -e .[openvino]"
        ) from None
    with _LOCK:  # two threads that ask at once would get two
        return _only_core(openvino)


@cache
def _only_core(openvino: ModuleType) -> Any:
    """Return the one core of this process.

    The CPU plugin of a core gives the thread that makes it a stack for signals, and
    frees that when the core goes. Of two cores the one that goes last leaves the thread
    with the stack of the other, which is gone: the next signal, such as Ctrl-C, ends
    the process without a word.
    """
    return openvino.Core()
