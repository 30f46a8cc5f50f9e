"""Open an exported actor detector: it streams, tests and detects as its original."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stal_plugin.annotations.problems import shortened
from stal_plugin.apis.exported.actor.metadata import ActorMetadata
from stal_plugin.apis.exported.actor.parts import (
    ExportedDetector,
    ExportedSteps,
    LogitHead,
)
from stal_plugin.apis.exported.actor.roi_parts import (
    PEOPLE_INPUTS,
    ExportedRoISteps,
)
from stal_plugin.apis.exported.onnx_file import OnnxFile, read_onnx
from stal_plugin.apis.exported.open_runtime import open_runtime
from stal_plugin.files.exported_files import people_path
from stal_plugin.models.detectors import ActorDetector, PersonDetector
from stal_plugin.models.detectors.actor_stream import ActorView

_MESSAGE = 300  # characters of what is wrong


def open_actor(
    file: OnnxFile,
    device: str = "cpu",
    engine: str = "onnxruntime",
    precision: str = "fp32",
) -> tuple[ActorDetector, ActorMetadata]:
    """Open an exported actor detector.

    Args:
        file: The file of the step. That of the person detector lies beside it.
        device: See ``open_runtime``.
        engine: See ``open_runtime``.
        precision: ``'fp32'``, or of the person detector ``'bf16'``, see
            ``open_runtime``; ``'auto'`` is the former. The step computes in float32:
            what it keeps would lose more at every step.

    Raises:
        FileNotFoundError: The person detector is not there.
        ImportError: The engine is not installed.
        ValueError: A file is damaged, of other origin or of another model; the engine
            is unknown or has not the device or the precision.
    """
    metadata = ActorMetadata.from_properties(file.properties, str(file.path))
    people = None
    if metadata.people is not None:
        people = _companion(file.path, metadata.people.sha256)
    model = actor_of(file, people, metadata, device, engine, precision)
    return model, metadata


def actor_of(
    file: OnnxFile,
    people: OnnxFile | None,
    metadata: ActorMetadata,
    device: str = "cpu",
    engine: str = "onnxruntime",
    precision: str = "fp32",
) -> ActorDetector:
    """Put an actor detector together of two files; see :func:`open_actor`."""
    finder = None
    if people is not None and metadata.people is not None:
        precision = "fp32" if precision == "auto" else precision
        run = open_runtime(people, engine, device, precision, varying=True)
        with _one_line(people.path):
            found = ExportedDetector(people, run, metadata.people)
            finder = PersonDetector(found, **metadata.people.settings)
    with _one_line(file.path):
        view = ActorView(**(metadata.settings.get("view") or {}))
    whole = view.kind == "frame"
    own_batch = PEOPLE_INPUTS if whole else ()
    run = open_runtime(file, engine, device, "fp32", True, own_batch)
    with _one_line(file.path):
        kind = ExportedRoISteps if whole else ExportedSteps
        steps = kind(file, run, view.size)
        head = LogitHead(bool(metadata.settings.get("multilabel")))
        model = ActorDetector(steps, head, finder, **metadata.settings)
    return model.eval()


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Name the file in errors: its settings have the right names, and any values."""
    try:
        yield
    except Exception as error:
        text = shortened(" ".join(str(error).split()), _MESSAGE)
        raise ValueError(
            f"'{path}' cannot be run: {text}. Export it anew with tools/export_onnx.py"
        ) from None


def _companion(path: Path, sha256: str) -> OnnxFile:
    """The file of the person detector."""
    place = people_path(path)
    if not place.is_file():
        raise FileNotFoundError(
            f"'{place}' does not exist: it holds the person detector of '{path}' and "
            "belongs beside it, under this name"
        )
    file = read_onnx(place)
    if hashlib.sha256(file.content).hexdigest() != sha256:
        raise ValueError(
            f"'{place}' is not the person detector that '{path}' was written with: "
            "copy both files of one export, or export anew with tools/export_onnx.py"
        )
    return file
