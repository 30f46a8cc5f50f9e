"""Weights in TFLite files (LiteRT, ``.tflite``): which operator has which constants.

The file is data of strangers: every count is bounded before it is used, what a tensor
claims must be as long as its bytes, and numbers are unpacked only when asked for.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_MAGIC = b"TFL3"
_LARGEST = 128 * 2**20  # bytes; MoViNet-A2 has 53 MB
_MOST = 20_000  # operators or tensors; MoViNet-A0 has 227 and 452
_INSTALL = "reading TFLite files needs the package tflite: pip install tflite"
_RELU6 = 3  # ActivationFunctionType


@dataclass(frozen=True)
class TFLiteConstant:
    """A tensor whose numbers are in the file.

    Args:
        file: The file, for errors.
        name: Its name.
        shape: Its shape.
        raw: Its numbers as they are stored.
        scale: ``(1,)`` or one per index of ``axis``; None: not quantised.
        zero: Zero points, as many.
        axis: Axis of the scales.
    """

    file: str
    name: str
    shape: tuple[int, ...]
    raw: np.ndarray
    scale: np.ndarray | None
    zero: np.ndarray
    axis: int

    def values(self) -> np.ndarray:
        """Return the numbers as float32, dequantised.

        Raises:
            ValueError: Scales do not fit the shape, or a number is not finite.
        """
        exact = np.float64 if self.raw.dtype.itemsize > 2 else np.float32
        values: Any = self.raw.reshape(self.shape).astype(exact)
        if self.scale is not None:
            sizes = [1] * values.ndim
            if len(self.scale) > 1:
                sizes[self.axis] = -1
            with np.errstate(all="ignore"):
                values -= self.zero.reshape(sizes).astype(exact)
                values *= self.scale.reshape(sizes)
        with np.errstate(all="ignore"):
            result = values.astype(np.float32)
        if not np.isfinite(result).all():
            raise ValueError(
                f"'{self.file}' is damaged: tensor '{self.name:.150}' has numbers that "
                "are not finite"
            )
        return result


@dataclass(frozen=True)
class TFLiteOperator:
    """An operator of the graph.

    Args:
        kind: Its name in the schema, e.g. ``'CONV_2D'``.
        output: Name of its first output.
        constants: Inputs by position that are constants.
        has_relu6: Whether the ReLU6 is a part of it.
    """

    kind: str
    output: str
    constants: dict[int, TFLiteConstant]
    has_relu6: bool


def read_tflite(path: str | Path) -> tuple[list[TFLiteOperator], bytes]:
    """Read the operators of a TFLite file, in order, and the file's bytes.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: The package ``tflite`` is not installed.
        ValueError: It is no TFLite file, or it is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"weight file '{path}' does not exist")
    size = path.stat().st_size
    if size > _LARGEST:
        raise ValueError(_damaged(path, size, f"the most is {_LARGEST:,} bytes"))
    content = path.read_bytes()
    if content[4:8] != _MAGIC:
        found = f"bytes 5 to 8 are {content[4:8]!r}, not {_MAGIC!r}"
        raise ValueError(_damaged(path, size, found))
    try:
        import tflite
    except ImportError as error:
        raise ImportError(_INSTALL) from error
    try:
        return _Reader(tflite, content, str(path)).operators(), content
    except Exception as error:
        # the generated classes raise whatever a wrong offset leads to
        problem = str(error) or type(error).__name__
        raise ValueError(_damaged(path, size, problem)) from error


def _damaged(path: Path, size: int, problem: str) -> str:
    return (
        f"'{path}' ({size} bytes) is no TFLite file, or is damaged: {problem:.200}. "
        "Download it again"
    )


class _Reader:
    """Reads the first graph of a file."""

    def __init__(self, tflite: Any, content: bytes, file: str) -> None:
        self._tflite, self._file = tflite, file
        self._model = tflite.Model.GetRootAsModel(content, 0)
        if self._model.SubgraphsLength() < 1:
            raise ValueError("it has no graph")
        self._graph = self._model.Subgraphs(0)
        codes = vars(tflite.BuiltinOperator).items()
        self._kinds = {code: name for name, code in codes if isinstance(code, int)}
        self._count = _bounded(self._graph.TensorsLength(), "tensors")
        #: For float16 weights: the output of an operator that only unpacks them.
        self._unpacked: dict[int, int] = {}

    def operators(self) -> list[TFLiteOperator]:
        count = _bounded(self._graph.OperatorsLength(), "operators")
        return [self._operator(self._graph.Operators(i)) for i in range(count)]

    def _operator(self, operator: Any) -> TFLiteOperator:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = self._kinds.get(number, str(number))
        inputs = self._indices(operator.InputsAsNumpy())
        outputs = self._indices(operator.OutputsAsNumpy())
        if not outputs:
            raise ValueError(f"an operator {kind} has no output")
        constants = dict(self._constants(inputs))
        if kind == "DEQUANTIZE" and 0 in constants:
            self._unpacked[outputs[0]] = inputs[0]
        name = self._name(self._graph.Tensors(outputs[0]))
        return TFLiteOperator(kind, name, constants, self._has_relu6(kind, operator))

    def _indices(self, stored: Any) -> list[int]:
        indices = [int(i) for i in np.atleast_1d(stored)][:_MOST]
        wrong = [i for i in indices if not -1 <= i < self._count]
        if wrong:
            raise ValueError(f"it names tensor {wrong[0]} of {self._count}")
        return indices

    def _constants(self, inputs: list[int]) -> Iterator[tuple[int, TFLiteConstant]]:
        for position, index in enumerate(inputs):
            constant = None if index < 0 else self._constant(index)
            if constant is not None:
                yield position, constant

    def _constant(self, index: int) -> TFLiteConstant | None:
        tensor = self._graph.Tensors(self._unpacked.get(index, index))
        if not 0 <= tensor.Buffer() < self._model.BuffersLength():
            raise ValueError(f"tensor {index} has no buffer {tensor.Buffer()}")
        data = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        if isinstance(data, int) or not len(data):
            return None
        kinds = {0: "<f4", 1: "<f2", 2: "<i4", 3: "u1", 4: "<i8", 9: "i1"}
        if tensor.Type() not in kinds:
            return None
        kind = np.dtype(kinds[tensor.Type()])
        shape = _ints(tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
        name = self._name(tensor)
        if min(shape, default=1) < 1 or math.prod(shape) * kind.itemsize != len(data):
            raise ValueError(f"tensor '{name}' {shape} has {len(data)} bytes")
        raw = np.frombuffer(data, kind)
        quantisation = self._quantisation(tensor, shape)
        return TFLiteConstant(self._file, name, shape, raw, *quantisation)

    def _quantisation(
        self, tensor: Any, shape: tuple[int, ...]
    ) -> tuple[np.ndarray | None, np.ndarray, int]:
        stored = tensor.Quantization()
        if stored is None or not stored.ScaleLength():
            return None, np.zeros(1), 0
        scale, axis = stored.ScaleAsNumpy(), stored.QuantizedDimension()
        zero = stored.ZeroPointAsNumpy() if stored.ZeroPointLength() else np.zeros(1)
        per_channel = 0 <= axis < len(shape) and len(scale) == shape[axis]
        if (len(scale) > 1 and not per_channel) or len(zero) not in (1, len(scale)):
            name = self._name(tensor)
            raise ValueError(f"tensor '{name}' {shape} has {len(scale)} scales")
        return scale, np.broadcast_to(zero, scale.shape), axis

    def _has_relu6(self, kind: str, operator: Any) -> bool:
        classes = {
            "CONV_2D": "Conv2DOptions",
            "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
            "FULLY_CONNECTED": "FullyConnectedOptions",
        }
        table = operator.BuiltinOptions()
        if kind not in classes or table is None:
            return False
        options = getattr(self._tflite, classes[kind])()
        options.Init(table.Bytes, table.Pos)
        return bool(options.FusedActivationFunction() == _RELU6)

    def _name(self, tensor: Any) -> str:
        name: bytes = tensor.Name() or b""
        return name[:1000].decode("utf-8", "replace")


def _bounded(count: int, what: str) -> int:
    if not 0 < count <= _MOST:
        raise ValueError(f"it would have {count} {what}")
    return count


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(int(v) for v in values[:8])
