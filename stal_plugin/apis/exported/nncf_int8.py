"""int8 by NNCF, which beside ranges corrects the biases of a quantized network.

https://github.com/openvinotoolkit/nncf, Apache-2.0.
"""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Stay as they are: 8 bits do for layers, not for coordinates of boxes.
_NOT_LAYERS = (
    *("Add", "Sum", "Sub", "Mul", "Max", "Min", "Pow", "Reciprocal", "HardSigmoid"),
    *("AveragePool", "GlobalAveragePool", "BatchNormalization", "Resize"),
)


def quantize_by_nncf(
    source: str | Path, target: str | Path, feeds: Iterable[dict[str, NDArray]]
) -> None:
    """Write an int8 copy of an ONNX file.

    Activations are written as unsigned numbers: NNCF writes signed ones with a zero
    point, from which OpenVINO 2026.4 computes wrong maps where two are concatenated.

    Args:
        source: The file.
        target: Where the copy goes.
        feeds: Inputs to calibrate on; they are run through several times.

    Raises:
        ImportError: NNCF is not installed.
    """
    import onnx

    nncf = _nncf()
    advanced = nncf.AdvancedQuantizationParameters(
        # AVX2 adds pairs of products in 16 bits: 8-bit weights overflow
        overflow_fix=nncf.OverflowFix.ENABLE
    )
    model = nncf.quantize(
        onnx.load(str(source)),
        nncf.Dataset(feeds),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=sum(1 for _ in feeds),
        ignored_scope=nncf.IgnoredScope(types=list(_NOT_LAYERS), validate=False),
        advanced_parameters=advanced,
    )
    make_activations_unsigned(model)
    onnx.save(model, str(target))


def make_activations_unsigned(model: Any) -> None:
    """Turn signed 8-bit activations of a graph into unsigned ones, in place.

    With a zero point that is 128 larger, they stand for the same numbers.

    Args:
        model: ``onnx.ModelProto`` with QuantizeLinear and DequantizeLinear.
    """
    from onnx import numpy_helper

    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    points = {
        node.input[2]
        for node in model.graph.node
        if node.op_type == "QuantizeLinear" and node.input[0] not in tensors
    }
    for name in points:
        point = numpy_helper.to_array(tensors[name])
        if point.dtype == np.int8:
            moved = (point.astype(np.int16) + 128).astype(np.uint8)
            tensors[name].CopyFrom(numpy_helper.from_array(moved, name))
    del model.graph.value_info[:]  # types of before


def _nncf() -> ModuleType:
    """Return the package, which reports nothing to its makers and little to users."""
    # it sends what it is used for, unless this is set when it is imported
    os.environ.setdefault("NNCF_CI", "1")
    loggers = logging.getLoggerClass()
    try:
        import nncf
    except ImportError:
        raise ImportError(
            "int8 by NNCF needs the package nncf: pip install -e .[nncf]"
        ) from None
    finally:
        logging.setLoggerClass(loggers)  # it takes its own for all of the process
    # nncf.set_log_level would change the level of whatever handlers it has by now
    logging.getLogger("nncf").setLevel(logging.ERROR)
    module: ModuleType = nncf
    return module
