"""Copies of exported networks in int8, by quantisation after training.

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

from stal_plugin.apis.exported.int8_copies import content_digest
from stal_plugin.apis.exported.nncf_int8 import quantize_by_nncf
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.onnx_model import OnnxModel
from stal_plugin.apis.exported.write_onnx import set_properties
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.exported_files import INT8_KINDS

#: Which calibrate on clips.
CALIBRATED = ("static", "nncf")
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
        kind: ``'dynamic'`` finds the ranges of features anew for each clip,
            ``'static'`` has them from calibration clips, both by onnxruntime;
            ``'nncf'`` has them from clips too and corrects biases, by the package NNCF.
        clips: ``(N, 3, T, H, W)``, not normalised: what 'static' and 'nncf' calibrate
            on. A time step runs on each from its first frame.

    Raises:
        ImportError: NNCF is not installed.
        ValueError: The kind is unknown, or there are no clips to calibrate on.
    """
    if kind not in INT8_KINDS:
        raise ValueError(f"int8 kind {kind!r} is not one of {INT8_KINDS}")
    if kind in CALIBRATED and (clips is None or not len(clips)):
        raise ValueError(f"{kind} quantization needs training clips to calibrate on")
    with atomic_file(target) as part:
        if kind == "nncf":
            quantize_by_nncf(source, part, _Feeds(OnnxModel(source), clips))
        else:
            _by_onnxruntime(source, part, kind, clips)
        digest = content_digest(Path(source).read_bytes())
        copied = replace(metadata, numbers=f"int8 {kind}", made_of=digest)
        set_properties(part, copied)


def _by_onnxruntime(
    source: str | Path, target: Path, kind: str, clips: Tensor | None
) -> None:
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # it warns through the root logger; of others nothing is held back
    logging.root.addFilter(_is_error)
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
                return
            quantization.quantize_static(
                prepared,
                str(target),
                _Feeds(OnnxModel(source), clips),
                op_types_to_quantize=_LAYERS,
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                # AVX2 adds pairs of products in 16 bits: 8-bit weights overflow
                reduce_range=True,
            )
    finally:
        logging.root.removeFilter(_is_error)


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


class _Feeds:
    """Inputs of the graph, one at a time; also onnxruntime's ``CalibrationDataReader``.

    They are made when they are asked for: those of a time step, with its memory, would
    fill the computer's.
    """

    def __init__(self, model: OnnxModel, clips: Any) -> None:
        self._model, self._clips = model, clips
        self._left = iter(self)

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        """Begin anew."""
        feeds = _of_steps if self._model.is_step else _of_clips
        return feeds(self._model, self._clips)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next input, None at the end."""
        return next(self._left, None)


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
