"""The engines that can run one network live, each as a row of a benchmark."""

import sys
from collections.abc import Callable
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope

from analysis.detector_benchmark import BenchmarkResult, save_random_checkpoint
from stal_plugin.apis.action_detector import ActionDetector
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.openvino_runtime import precisions
from stal_plugin.apis.exported.parity import video_clips
from stal_plugin.apis.exported.quantize import quantize
from stal_plugin.apis.exported.write_onnx import write_onnx
from stal_plugin.apis.load_model import load_model

#: The row that the others are compared with.
ALONE = "torch fp32, the network alone on whole clips"
_CALIBRATION = 4  # clips
_AMP = {"fp32": "fp32", "bf16": "amp"}


def network_alone(cfg: Config, folder: str | Path) -> Callable[[], Any]:
    """Return a function that runs the network once on a whole clip, and nothing else.

    Plain torch in fp32, as it is trained: the yardstick. The 3D branch is the ordinary
    one, also where that of the config is causal; weights are random.

    Args:
        cfg: The whole config.
        folder: For its checkpoint.
    """
    plain = deepcopy(cfg)
    branch = plain.model.get("backbone", {}).get("backbone_3d") or {}
    branch.pop("causal", None)
    path = Path(folder, "alone.pth")
    save_random_checkpoint(plain, path)
    det = ActionDetector(path, device="cpu")
    height, width = _input_size(det)
    clip = torch.rand(1, 3, det.sampling.clip_len, height, width)

    def run() -> Any:
        with torch.inference_mode():
            return det.model(clip, mode="tensor")

    return run


def engine_rows(
    cfg: Config,
    checkpoint: str | Path,
    video: str | Path,
    folder: str | Path,
    score_thr: float,
    inductor: bool = False,
) -> dict[str, ActionDetector]:
    """Make a detector of one checkpoint for each engine and form, on the CPU.

    Those of int8 are calibrated on the video: for their time only.

    Args:
        cfg: The whole config.
        checkpoint: The checkpoint.
        video: To calibrate on.
        folder: For exported files.
        score_thr: Of the detectors.
        inductor: Also compiled by torch's inductor.
    """
    model, settings = load_model(checkpoint, cfg, torch.device("cpu"))
    causal = bool(getattr(model.backbone, "is_causal", False))
    shared = "time steps" if causal else "clips, branches shared"
    first = ActionDetector(checkpoint, cfg, "cpu", score_thr)
    rows = {f"torch fp32, {shared}": first}
    able = precisions() if find_spec("openvino") is not None else ("fp32",)
    for numbers in able if inductor else ():
        rows[f"torch inductor {numbers}, {shared}"] = ActionDetector(
            checkpoint, cfg, "cpu", score_thr, 1, _AMP[numbers], engine="inductor"
        )
    with DefaultScope.overwrite_default_scope(settings.scope):
        clips = video_clips(video, settings, _CALIBRATION)
        for form in ("clip", "step") if causal else ("clip",):
            path = Path(folder, f"{form}.onnx")
            metadata = write_onnx(model, settings, path, form)
            name = {"clip": "whole clips", "step": "time steps"}[form]
            rows |= _of_file(path, name, "fp32", score_thr)
            if form == "step" or not causal:
                int8 = _int8_copy(path, metadata, clips)
                rows |= _of_file(int8, name, "int8", score_thr)
    return rows


def _int8_copy(path: Path, metadata: OnnxMetadata, clips: torch.Tensor) -> Path:
    target = path.with_name(f"{path.stem}_int8.onnx")
    quantize(path, target, metadata, "static", clips)
    return target


def _of_file(
    path: Path, form: str, numbers: str, score_thr: float
) -> dict[str, ActionDetector]:
    def opened(engine: str, precision: str) -> ActionDetector:
        return ActionDetector(
            path, None, "cpu", score_thr, 1, _AMP[precision], engine=engine
        )

    rows = {f"onnxruntime {numbers}, {form}": opened("onnxruntime", "fp32")}
    if find_spec("openvino") is not None:
        able = precisions() if numbers == "fp32" else ("fp32",)
        for precision in able:
            shown = numbers if precision == "fp32" else precision
            name = f"OpenVINO {shown}, {form}"
            try:
                rows[name] = opened("openvino", precision)
            except ValueError as error:
                print(f"without {name}: {error}", file=sys.stderr)
    return rows


def _input_size(det: ActionDetector) -> tuple[int, int]:
    import numpy as np

    inputs, _ = det.pipeline(np.zeros((180, 320, 3), np.uint8), "", 1)
    return int(inputs.shape[-2]), int(inputs.shape[-1])


def speed_table(results: list[BenchmarkResult]) -> str:
    """Return a markdown table of medians, quartiles and speed in the first row's.

    Args:
        results: At least one.
    """
    head = ["", "ms per frame, median", "quartiles", "frames/s", "times the first"]
    rows = [head, ["---"] * len(head)]
    first = results[0].percentiles_ms((50,))[0]
    for result in results:
        low, median, high = result.percentiles_ms((25, 50, 75))
        quartiles = f"{low:.1f} to {high:.1f}"
        speed = (f"{1000 / median:.1f}", f"{first / median:.2f}")
        rows.append([result.name, f"{median:.1f}", quartiles, *speed])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
