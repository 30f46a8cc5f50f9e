"""Export that leaves no file behind unless it agrees with the original."""

import os
from pathlib import Path
from typing import Any

from torch import Tensor

from stal_plugin.apis.inference_config import InferenceConfig
from stal_plugin.deploy.exported_graph import ExportedGraph
from stal_plugin.deploy.onnx_metadata import OnnxMetadata
from stal_plugin.deploy.onnx_model import OnnxModel
from stal_plugin.deploy.parity import Parity, measure_parity
from stal_plugin.deploy.write_onnx import write_onnx


def checked_export(
    model: Any,
    config: InferenceConfig,
    path: str | Path,
    clips: Tensor,
    tolerance: tuple[float, float],
) -> tuple[OnnxMetadata, Parity]:
    """Write a network as ONNX, run both on real clips, keep the file if they agree.

    Args:
        model: See ``ExportedGraph``; on the CPU, in test mode.
        config: What inference needs to know.
        path: Where to.
        clips: ``(N, 3, T, H, W)``, not normalised.
        tolerance: Largest difference allowed: of boxes in pixels, of scores.

    Returns:
        What the file carries, and the differences.

    Raises:
        ValueError: They differ by more, or see ``write_onnx``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        metadata = write_onnx(model, config, part)
        exported = OnnxModel(part)
        parity = measure_parity(ExportedGraph(model).decode, exported, clips)
        if not (parity.boxes <= tolerance[0] and parity.scores <= tolerance[1]):
            raise ValueError(
                f"the exported network differs from PyTorch by {parity.boxes:.1e} "
                f"pixels and {parity.scores:.1e} in scores, allowed are "
                f"{tolerance[0]:g} and {tolerance[1]:g}; '{path}' was not written"
            )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return metadata, parity
