"""Copies of exported networks in int8, by onnxruntime's quantisation after training.

The copies say with standard operators (QuantizeLinear, DequantizeLinear) where numbers
are rounded to 8 bits, so that OpenVINO takes them too.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from torch import Tensor

from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.onnx_model import OnnxModel
from stal_plugin.apis.exported.write_onnx import set_properties
from stal_plugin.files.atomic_file import atomic_file

#: How to quantize: ``'dynamic'`` finds the ranges of features anew for each clip,
#: ``'static'`` has them from calibration clips.
INT8_KINDS = ("dynamic", "static")
_LAYERS = ["Conv", "MatMul", "Gemm"]
#: Of the time steps of a clip, every so many calibrate, the last one included.
_EVERY = 4


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
        clips: ``(N, 3, T, H, W)``, not normalised: what 'static' calibrates on. A time
            step runs on each from its first frame.

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
        with TemporaryDirectory() as folder, atomic_file(target) as part:
            prepared = str(Path(folder, "prepared.onnx"))
            quant_pre_process(str(source), prepared, skip_symbolic_shape=True)
            if kind == "dynamic":
                quantization.quantize_dynamic(
                    prepared,
                    str(part),
                    op_types_to_quantize=_LAYERS,
                    weight_type=quantization.QuantType.QUInt8,
                )
            else:
                quantization.quantize_static(
                    prepared,
                    str(part),
                    _Feeds(OnnxModel(source), clips),
                    op_types_to_quantize=_LAYERS,
                    per_channel=True,
                    activation_type=quantization.QuantType.QUInt8,
                    weight_type=quantization.QuantType.QInt8,
                    # AVX2 adds pairs of products in 16 bits: 8-bit weights overflow
                    reduce_range=True,
                )
            set_properties(part, replace(metadata, numbers=f"int8 {kind}"))
    finally:
        logging.root.setLevel(level)


class _Feeds:
    """onnxruntime's ``CalibrationDataReader``: inputs of the graph, one at a time."""

    def __init__(self, model: OnnxModel, clips: Any) -> None:
        feeds = _of_steps if model.is_step else _of_clips
        self._feeds = feeds(model, clips)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next input, None at the end."""
        return next(self._feeds, None)


def _of_clips(model: OnnxModel, clips: Any) -> Iterator[dict[str, np.ndarray]]:
    for clip in clips:
        yield {"clip": clip[None].float().numpy()}


def _of_steps(model: OnnxModel, clips: Any) -> Iterator[dict[str, np.ndarray]]:
    for clip in clips:
        memory, count = model.new_memory(1), clip.shape[1]
        for index in range(count):
            frame = clip[None, :, index]
            if (count - 1 - index) % _EVERY == 0:
                yield {"frame": frame.float().numpy(), **memory.feeds()}
            model.step(frame, memory)
