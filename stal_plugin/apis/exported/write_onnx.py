"""Write a network as ONNX and compare the file with the original."""

import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.onnx.errors import OnnxExporterError

from stal_plugin.annotations.problems import shortened
from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.exported_step import ExportedStep
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.onnx_model import OnnxModel
from stal_plugin.apis.exported.parity import Parity, measure_parity
from stal_plugin.apis.exported.step_memory import input_names
from stal_plugin.apis.frame_pipeline import FramePipeline
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.models.folded_norm import fold_batch_norm

_OPSET = 17
_MESSAGE = 300  # characters of what is wrong


#: What a file holds: the network on a whole clip, or one time step of it.
FORMS = ("clip", "step")


def write_onnx(
    model: Any, config: InferenceConfig, path: str | Path, form: str = "clip"
) -> OnnxMetadata:
    """Write a network as an ONNX file whose batch size is free.

    Args:
        model: See ``ExportedGraph`` and, for a time step, ``ExportedStep``; in test
            mode.
        config: What inference needs to know.
        path: Where to.
        form: One of ``FORMS``.

    Returns:
        What the file carries beside the graph.

    Raises:
        ImportError: The package onnx is not installed.
        ValueError: The network cannot be exported in this form, or has an operation
            that ONNX has not; the pipeline makes clips of different sizes.
    """
    whole, size = ExportedGraph(model).eval(), _input_size(config)
    metadata = OnnxMetadata(
        config=replace(config, model={}, classes=config.class_names),
        size=size,
        rule=whole.decoding.rule,
        rule_cfg=whole.decoding.cfg,
    )
    if form == "clip":
        clip = torch.full((2, 3, metadata.sampling.clip_len, *size), 114.0)
        write_graph(whole, (clip,), ["clip"], whole.output_names, path)
    else:
        step = ExportedStep(_folded(model, metadata), size).eval()
        names = ["frame", *input_names(step.lags)]
        outputs = (*whole.output_names, *step.lags)
        write_graph(step, step.example(2), names, outputs, path)
        metadata = replace(metadata, stream=step.lags)
    set_properties(path, metadata)
    return metadata


def _folded(model: Any, metadata: OnnxMetadata) -> Any:
    """Copy of a network without batch norm, which runtimes fold in whole clips only."""
    copied = deepcopy(model)
    clip = torch.zeros(1, 3, metadata.sampling.clip_len, *metadata.size)
    fold_batch_norm(copied, lambda: ExportedGraph(copied).decode(clip))
    return copied


def write_graph(
    graph: torch.nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    path: str | Path,
    free: Mapping[str, Mapping[int, str]] | None = None,
) -> None:
    """Trace a graph and write it.

    Args:
        graph: In test mode.
        example: Its inputs, the batch first.
        inputs: Their names.
        outputs: Names of its outputs, the batch first.
        path: Where to.
        free: Names of sizes that are free, by input or output and axis; the batch is
            free in any case, as ``batch`` if it has no name here.

    Raises:
        ValueError: It has an operation that ONNX has not.
    """
    axes = {name: {0: "batch"} for name in (*inputs, *outputs)}
    for name, own in (free or {}).items():
        axes[name].update(own)
    # The exporter that traces: a twentieth of the time of the one with dynamo, and the
    # same file. It warns that it is the older one, and of sizes that become constant.
    with _quiet(), torch.no_grad():
        try:
            torch.onnx.export(
                graph,
                example,
                str(path),
                dynamo=False,
                opset_version=_OPSET,
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_axes=axes,
            )
        except (OnnxExporterError, RuntimeError) as error:
            first = shortened(str(error).strip().splitlines()[0], _MESSAGE)
            raise ValueError(
                f"torch.onnx cannot export this network: {first}"
            ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop the exporter's warnings, and the whole graph that it prints on failure."""
    sys.stdout.flush()
    # The graph is printed by C++, past sys.stdout.
    stdout = os.dup(1)
    with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
        warnings.simplefilter("ignore")
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)


def set_properties(path: str | Path, metadata: OnnxMetadata) -> None:
    """Write settings into an ONNX file, in place of those it has.

    Args:
        path: The file.
        metadata: The settings.
    """
    set_entries(path, metadata.to_properties())


def set_entries(path: str | Path, entries: Mapping[str, str]) -> None:
    """Write text entries into an ONNX file, in place of those it has."""
    import onnx

    content = onnx.load(str(path))
    del content.metadata_props[:]
    onnx.helper.set_model_props(content, dict(entries))
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


def checked_export(
    model: Any,
    config: InferenceConfig,
    path: str | Path,
    clips: Tensor,
    tolerance: tuple[float, float],
    form: str = "clip",
) -> tuple[OnnxMetadata, Parity]:
    """Write a network as ONNX, run both on real clips, keep the file if they agree.

    Args:
        model: See ``ExportedGraph``; on the CPU, in test mode.
        config: What inference needs to know.
        path: Where to.
        clips: ``(N, 3, T, H, W)``, not normalised.
        tolerance: Largest difference allowed: of boxes in pixels, of scores.
        form: One of ``FORMS``. A time step runs on each clip from its first frame.

    Returns:
        What the file carries, and the differences.

    Raises:
        ValueError: They differ by more, or see ``write_onnx``.
    """
    with atomic_file(path) as part:
        metadata = write_onnx(model, config, part, form)
        exported = OnnxModel(part)
        parity = measure_parity(ExportedGraph(model).decode, exported, clips)
        if not (parity.boxes <= tolerance[0] and parity.scores <= tolerance[1]):
            raise ValueError(
                f"the exported network differs from PyTorch by {parity.boxes:.1e} "
                f"pixels and {parity.scores:.1e} in scores, allowed are "
                f"{tolerance[0]:g} and {tolerance[1]:g}; '{path}' was not written"
            )
    return metadata, parity
