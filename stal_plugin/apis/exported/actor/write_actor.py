"""Write an actor detector as ONNX and compare the files with the original."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stal_plugin.apis.exported.actor.graphs import PeopleGraph
from stal_plugin.apis.exported.actor.metadata import (
    PART_ENTRY,
    ActorMetadata,
    PeopleFile,
    actor_settings,
    person_settings,
)
from stal_plugin.apis.exported.actor.open_actor import actor_of
from stal_plugin.apis.exported.actor.parity import measure_actor_parity
from stal_plugin.apis.exported.actor.roi_graph import actor_graph
from stal_plugin.apis.exported.onnx_file import read_onnx
from stal_plugin.apis.exported.parity import Parity
from stal_plugin.apis.exported.write_onnx import set_entries, write_graph
from stal_plugin.engine.checkpoints.inference_config import InferenceConfig
from stal_plugin.files.atomic_file import atomic_file, atomic_pair
from stal_plugin.files.exported_files import people_path
from stal_plugin.models.detectors import ActorDetector

#: Sizes of the traced picture; any other is taken as well.
_EXAMPLE = (96, 128)


def actor_files(model: ActorDetector, path: str | Path) -> list[Path]:
    """Files that an actor detector is written to."""
    alone = model.person_detector is None
    return [Path(path)] if alone else [Path(path), people_path(path)]


def checked_actor_export(
    model: ActorDetector,
    config: InferenceConfig,
    path: str | Path,
    clips: Sequence[Tensor],
    tolerance: tuple[float, float],
) -> tuple[ActorMetadata, Parity]:
    """Write an actor detector, run both on real clips, keep the files if they agree.

    Args:
        model: On the CPU, in test mode; ``config.model`` describes it.
        config: What inference needs to know.
        path: Where to; the person detector goes to ``people_path(path)``.
        clips: N of ``(3, T, H, W)``, RGB, 0 to 255, of any sizes.
        tolerance: Largest difference allowed: of boxes in pixels of the frame, of
            scores.

    Returns:
        What the file carries, and the differences.

    Raises:
        ImportError: The package onnx is not installed.
        ValueError: They differ by more; a network cannot be exported.
    """
    if model.person_detector is None:
        with atomic_file(path) as part:
            return _checked(model, config, (part, None), path, clips, tolerance)
    with atomic_pair(path, people_path(path)) as parts:
        return _checked(model, config, parts, path, clips, tolerance)


def _checked(
    model: ActorDetector,
    config: InferenceConfig,
    parts: tuple[Path, Path | None],
    path: str | Path,
    clips: Sequence[Tensor],
    tolerance: tuple[float, float],
) -> tuple[ActorMetadata, Parity]:
    metadata = write_actor(model, config, *parts)
    people = None if parts[1] is None else read_onnx(parts[1])
    exported = actor_of(read_onnx(parts[0]), people, metadata)
    parity = measure_actor_parity(model, exported, clips)
    if not (parity.boxes <= tolerance[0] and parity.scores <= tolerance[1]):
        raise ValueError(
            f"the exported network differs from PyTorch by {parity.boxes:.1e} pixels "
            f"and {parity.scores:.1e} in scores, allowed are {tolerance[0]:g} and "
            f"{tolerance[1]:g}; '{path}' was not written"
        )
    return metadata, parity


def write_actor(
    model: ActorDetector,
    config: InferenceConfig,
    path: str | Path,
    people: str | Path | None,
) -> ActorMetadata:
    """Write an actor detector as two files.

    Args:
        model: In test mode; ``config.model`` describes it.
        config: What inference needs to know.
        path: Where its step goes.
        people: Where its person detector goes; None: it has none.

    Returns:
        What the first file carries beside the graph.

    Raises:
        ImportError: The package onnx is not installed.
        ValueError: A network cannot be exported.
    """
    step = actor_graph(model)
    metadata = ActorMetadata(
        config=replace(config, model={}, classes=config.class_names),
        settings=actor_settings(config.model),
        people=None if people is None else _written_people(model, config.model, people),
    )
    write_graph(step, step.example(), step.inputs, step.outputs, path, step.free)
    set_entries(path, metadata.to_properties())
    return metadata


def _written_people(model: Any, described: Any, path: str | Path) -> PeopleFile:
    graph = PeopleGraph(model.person_detector).eval()
    image = torch.full((2, 3, *_EXAMPLE), 114.0)
    free = {"image": {2: "height", 3: "width"}}
    free |= {name: {1: "points"} for name in graph.outputs}
    write_graph(graph, (image,), graph.inputs, graph.outputs, path, free)
    set_entries(path, PART_ENTRY)
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    settings = person_settings(described)
    return PeopleFile(digest, settings, graph.rule, graph.rule_cfg)
