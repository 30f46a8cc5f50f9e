"""What an exported file holds, as a model, whatever kind it is."""

from pathlib import Path
from typing import Any

from stal_plugin.apis.exported.actor.metadata import FORMAT, PART_ENTRY, ActorMetadata
from stal_plugin.apis.exported.actor.open_actor import open_actor
from stal_plugin.apis.exported.metadata_entries import PREFIX
from stal_plugin.apis.exported.onnx_file import read_onnx
from stal_plugin.apis.exported.onnx_metadata import OnnxMetadata
from stal_plugin.apis.exported.onnx_model import OnnxModel
from stal_plugin.files.atomic_file import finish_pair
from stal_plugin.files.exported_files import people_path
from stal_plugin.registry import MODELS


def open_exported(
    path: str | Path,
    device: str = "cpu",
    engine: str = "onnxruntime",
    precision: str = "fp32",
) -> tuple[Any, OnnxMetadata | ActorMetadata]:
    """Open an exported file.

    Args:
        path: File that ``tools/export_onnx.py`` wrote.
        device: See ``open_runtime``.
        engine: See ``open_runtime``.
        precision: See ``open_runtime``.

    Returns:
        An :class:`OnnxModel`, or an ``ActorDetector`` whose networks an engine runs;
        and what the file carries.

    Raises:
        FileNotFoundError: There is no such file, or the one that belongs beside it is
            missing.
        ImportError: The engine is not installed.
        ValueError: See the two.
    """
    finish_pair(path, people_path(path))
    file = read_onnx(path)
    if PART_ENTRY.items() <= file.properties.items():
        raise ValueError(
            f"'{path}' is the person detector of an exported actor detector, not a "
            f"model of its own: name the file beside it, {_whole(file.path)}"
        )
    if file.properties.get(PREFIX + "format") == FORMAT:
        return open_actor(file, device, engine, precision)
    model = OnnxModel(file, device, engine, precision)
    return model, model.metadata


@MODELS.register_module()
def exported_model(
    path: str | Path,
    device: str = "cpu",
    engine: str = "onnxruntime",
    precision: str = "fp32",
) -> Any:
    """The model of :func:`open_exported`, for a config: ``tools/test.py`` takes it."""
    return open_exported(path, device, engine, precision)[0]


def _whole(path: Path) -> str:
    return f"'{path.name.removesuffix('.people.onnx')}.onnx'"
