"""Build the network of a checkpoint and load its weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope

from stal_plugin.apis.compiled_network import ENGINE as COMPILED
from stal_plugin.apis.exported.exported_model import open_exported
from stal_plugin.engine.checkpoints.inference_config import (
    InferenceConfig,
    read_inference_config,
)
from stal_plugin.engine.checkpoints.safe_load import (
    install_safe_load,
    load_from_http,
    load_from_local,
    trust_checkpoint,
)
from stal_plugin.engine.cli import is_users_mistake
from stal_plugin.files.addresses import without_passwords
from stal_plugin.registry import MODELS

#: What an engine is asked for, by what a detector is.
_PRECISIONS = {"fp32": "fp32", "amp": "bf16", "auto": "auto"}


def load_model(
    checkpoint: str | Path,
    config: str | Path | Config | None,
    device: torch.device,
    trust: bool = False,
    engine: str | None = None,
    precision: str | None = None,
) -> tuple[Any, InferenceConfig]:
    """Build the network of a checkpoint and load its weights.

    Args:
        checkpoint: File or address. Only tensors and plain values are read from it.
            Or a file that ``tools/export_onnx.py`` wrote.
        config: Config file, for a checkpoint that has none.
        device: Where the network goes.
        trust: Let a checkpoint run code of its own, and build whatever it describes.
            Never for a file from a stranger.
        engine: What runs an exported file, see ``open_runtime``; default: onnxruntime.
            Of a checkpoint ``'inductor'`` is passed over here.
        precision: What its engine computes in: ``'fp32'``, ``'amp'`` (bfloat16),
            ``'auto'``; default: fp32.

    Returns:
        The network in test mode, and its config.

    Raises:
        FileNotFoundError: The checkpoint or the config does not exist.
        ValueError: See ``read_inference_config`` and ``open_exported``; the weights are
            not those of the config's network; an ONNX file comes with a config, or a
            checkpoint with an engine.
    """
    name = str(checkpoint)
    if is_exported(name):
        return _load_exported(name, config, device, engine, precision)
    if engine not in (None, "auto", COMPILED):
        raise ValueError(
            f"engine={engine!r} runs exported files, and a checkpoint is run by torch: "
            f"leave the engine out, take {COMPILED!r}, which compiles the network, or "
            "write a file with tools/export_onnx.py"
        )
    install_safe_load()  # for whatever a network loads while it is built
    if trust:
        trust_checkpoint(name)
    load = load_from_http if "://" in name else load_from_local
    content, shown = load(name, "cpu"), without_passwords(name)
    if not isinstance(content, dict) or "state_dict" not in content:
        raise ValueError(f"checkpoint '{shown}' has no weights ('state_dict')")
    cfg = read_inference_config(content, shown, config, trust)
    own = config is not None or trust
    with (
        errors_of_description(shown, own),
        DefaultScope.overwrite_default_scope(cfg.scope),
    ):
        model = MODELS.build(ConfigDict(cfg.model))
    _load_weights(model, content["state_dict"], shown)
    return model.to(device).eval(), cfg


@contextmanager
def errors_of_description(name: str, own: bool) -> Iterator[None]:
    """Turn the errors of what a file describes into one line that names the file.

    What is built is restricted (``allowed_types``), but its arguments may be of any
    value, and errors of the network, the pipeline or the host packages follow.

    Args:
        name: The checkpoint, without a password.
        own: The description is the user's, who gave the config or trusts the file.
            Then an error is a fault of the config or the program, not of the file, and
            stays as it is; so does want of memory.

    Raises:
        ValueError: With the cause.
    """
    try:
        yield
    except Exception as error:
        no_memory = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if own or no_memory or is_users_mistake(error):
            raise
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:400]
        raise ValueError(
            f"what '{name}' describes does not work ({cause}). If it is a file of "
            "yours, name the config it was trained with: config='FILE.py'"
        ) from error


def is_exported(checkpoint: str | PathLike) -> bool:
    """Tell an ONNX file from a checkpoint."""
    return Path(checkpoint).suffix == ".onnx"


def _load_exported(
    name: str,
    config: Any,
    device: torch.device,
    engine: str | None,
    precision: str | None,
) -> tuple[Any, InferenceConfig]:
    if config is not None:
        raise ValueError(
            f"'{name}' carries all settings, they cannot be changed: leave the config "
            "out, or export anew with it (tools/export_onnx.py)"
        )
    wanted = _PRECISIONS.get(precision or "fp32", str(precision))
    model, metadata = open_exported(name, device.type, engine or "onnxruntime", wanted)
    return model.eval(), metadata.config


def _load_weights(model: Any, weights: dict, name: str) -> None:
    weights = {key.removeprefix("module."): value for key, value in weights.items()}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()[1:]]
        raise ValueError(
            f"the weights of '{name}' do not fit its config: {' '.join(lines)[:400]}. "
            "Give the config it was trained with: config='FILE.py'"
        ) from None
