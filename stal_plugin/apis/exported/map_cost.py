"""What an int8 copy of an exported network costs in frame-mAP, on labelled footage."""

import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner

from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.onnx_model import OnnxModel
from stal_plugin.apis.exported.openvino_runtime import precisions
from stal_plugin.apis.exported.write_onnx import set_properties
from stal_plugin.files.atomic_file import atomic_file

_METRIC = "frame-mAP@"


def measured_map_cost(source: Path, copy: Path, cfg: Config) -> tuple[float, float]:
    """Measure two exported files on the config's validation data.

    Args:
        source: The float32 file, run by onnxruntime.
        copy: The int8 file, run by each engine that is installed, in each precision
            that it has here.
        cfg: The whole config.

    Returns:
        frame-mAP of the source, and how much less the worst run of the copy has.

    Raises:
        FileNotFoundError: The data are not there.
        ValueError: The config has no validation data or no ``stal_plugin.FrameMAP``.
    """
    exact = frame_map(OnnxModel(source), cfg)
    worst = min(frame_map(model, cfg) for model in _opened(copy))
    return exact, exact - worst


def _opened(path: Path) -> list[OnnxModel]:
    models = [OnnxModel(path)]
    if find_spec("openvino") is not None:
        models += [OnnxModel(path, "cpu", "openvino", each) for each in precisions()]
    return models


def record_map_cost(path: Path, metadata: OnnxMetadata, cost: float) -> None:
    """Write into an int8 copy what it costs.

    Args:
        path: The copy.
        metadata: What it carries.
        cost: See :func:`measured_map_cost`.
    """
    with atomic_file(path) as part:
        shutil.copyfile(path, part)
        set_properties(part, replace(metadata, map_cost=cost))


@torch.no_grad()
def frame_map(model: Any, cfg: Config) -> float:
    """Return frame-mAP of a network on the config's validation data.

    Args:
        model: In test mode.
        cfg: The whole config.

    Raises:
        FileNotFoundError: The data are not there.
        ValueError: The config has no validation data or no ``stal_plugin.FrameMAP``.
    """
    evaluators = cfg.get("val_evaluator") or []
    evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
    metrics = [e for e in evaluators if e["type"] == "stal_plugin.FrameMAP"]
    if not metrics or not cfg.get("val_dataloader"):
        raise ValueError(
            "the config has no val_dataloader with a val_evaluator of type "
            "'stal_plugin.FrameMAP' to measure frame-mAP with"
        )
    loader = Runner.build_dataloader(cfg.val_dataloader)
    evaluator = Evaluator(metrics[:1])
    evaluator.dataset_meta = loader.dataset.metainfo
    for batch in loader:
        data = model.data_preprocessor(batch, False)
        evaluator.process(model(**data, mode="predict"), batch)
    found = evaluator.evaluate(len(loader.dataset))
    return float(next(v for key, v in found.items() if key.startswith(_METRIC)))
