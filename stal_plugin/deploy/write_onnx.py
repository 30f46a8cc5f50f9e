"""Write a network as an ONNX file."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.onnx.errors import OnnxExporterError

from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.apis.inference_config import InferenceConfig
from stal_plugin.deploy.exported_graph import ExportedGraph
from stal_plugin.deploy.onnx_metadata import OnnxMetadata

_OPSET = 17


def write_onnx(model: Any, config: InferenceConfig, path: str | Path) -> OnnxMetadata:
    """Write a network as an ONNX file whose batch size is free.

    Args:
        model: See ``ExportedGraph``; in test mode.
        config: What inference needs to know.
        path: Where to.

    Returns:
        What the file carries beside the graph.

    Raises:
        ImportError: The package onnx is not installed.
        ValueError: The network cannot be exported, see ``ExportedGraph``, or has an
            operation that ONNX has not; the pipeline makes clips of different sizes.
    """
    graph = ExportedGraph(model).eval()
    metadata = OnnxMetadata(
        classes=config.class_names,
        fps=config.fps,
        multilabel=config.multilabel,
        scope=config.scope,
        pipeline=config.pipeline,
        size=_input_size(config),
        rule=graph.head.detection_rule,
        rule_cfg=dict(graph.head.rule_cfg),
    )
    clip = torch.full((2, 3, metadata.sampling.clip_len, *metadata.size), 114.0)
    names = graph.output_names
    # The exporter that traces: a twentieth of the time of the one with dynamo, and the
    # same file. It warns that it is the older one, and of sizes that become constant.
    with _quiet(), torch.no_grad():
        try:
            torch.onnx.export(
                graph,
                (clip,),
                str(path),
                dynamo=False,
                opset_version=_OPSET,
                input_names=["clip"],
                output_names=list(names),
                dynamic_axes={name: {0: "batch"} for name in ("clip", *names)},
            )
        except (OnnxExporterError, RuntimeError) as error:
            first = str(error).strip().splitlines()[0]
            raise ValueError(
                f"torch.onnx cannot export this {type(model).__name__}: {first}"
            ) from error
    set_properties(path, metadata)
    return metadata


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop the exporter's warnings, and the whole graph that it prints on failure."""
    sys.stdout.flush()
    # The graph is printed by C++, past sys.stdout.
    kept = os.dup(1)
    with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
        warnings.simplefilter("ignore")
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def set_properties(path: str | Path, metadata: OnnxMetadata) -> None:
    """Write settings into an ONNX file, in place of those it has.

    Args:
        path: The file.
        metadata: The settings.
    """
    import onnx

    content = onnx.load(str(path))
    del content.metadata_props[:]
    onnx.helper.set_model_props(content, metadata.to_properties())
    onnx.save(content, str(path))


def _input_size(config: InferenceConfig) -> tuple[int, int]:
    """Height and width that the pipeline makes of any frame."""
    pipeline = FramePipeline(config.pipeline, config.scope)
    sizes = set()
    for shape in ((90, 160), (160, 90)):
        inputs, _ = pipeline(np.zeros((*shape, 3), np.uint8), "", 1)
        sizes.add((int(inputs.shape[-2]), int(inputs.shape[-1])))
    if len(sizes) > 1:
        raise ValueError(
            f"the test pipeline makes inputs of different sizes, {sorted(sizes)}, but "
            "an exported network has one: resize with mmaction.Resize("
            "keep_ratio=False)"
        )
    return sizes.pop()
