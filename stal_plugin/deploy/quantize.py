"""8-bit numbers instead of 32-bit ones, with onnxruntime's own tools."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from torch import Tensor

from stal_plugin.deploy.onnx_metadata import OnnxMetadata
from stal_plugin.deploy.write_onnx import set_properties

#: How to quantize: ``'dynamic'`` finds the ranges of features anew for each clip,
#: ``'static'`` has them from calibration clips.
INT8_KINDS = ("dynamic", "static")
_LAYERS = ["Conv", "MatMul", "Gemm"]


def quantize(
    source: str | Path,
    target: str | Path,
    metadata: OnnxMetadata,
    kind: str,
    clips: Tensor | None = None,
) -> None:
    """Write an int8 copy of an exported network.

    Args:
        source: The exported network.
        target: Where the copy goes.
        metadata: Of the source; the copy carries them too.
        kind: One of ``INT8_KINDS``.
        clips: ``(N, 3, T, H, W)``, not normalised: what 'static' calibrates on.

    Raises:
        ValueError: The kind is unknown, or 'static' has no clips.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    if kind not in INT8_KINDS:
        raise ValueError(f"int8 kind {kind!r} is not one of {INT8_KINDS}")
    if kind == "static" and (clips is None or not len(clips)):
        raise ValueError("static quantization needs training clips to calibrate on")
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)  # it warns through the root logger
    try:
        with TemporaryDirectory() as folder:
            prepared = str(Path(folder, "prepared.onnx"))
            quant_pre_process(str(source), prepared, skip_symbolic_shape=True)
            if kind == "dynamic":
                quantization.quantize_dynamic(
                    prepared,
                    str(target),
                    op_types_to_quantize=_LAYERS,
                    weight_type=quantization.QuantType.QUInt8,
                )
            else:
                quantization.quantize_static(
                    prepared,
                    str(target),
                    _Clips(clips),
                    op_types_to_quantize=_LAYERS,
                    per_channel=True,
                    activation_type=quantization.QuantType.QUInt8,
                    weight_type=quantization.QuantType.QInt8,
                )
    finally:
        logging.root.setLevel(level)
    set_properties(target, replace(metadata, numbers=f"int8 {kind}"))


class _Clips:
    """onnxruntime's ``CalibrationDataReader``: a clip at a time."""

    def __init__(self, clips: Any) -> None:
        self._feeds: Iterator[dict[str, np.ndarray]] = (
            {"clip": clip[None].float().numpy()} for clip in clips
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next input, None at the end."""
        return next(self._feeds, None)
