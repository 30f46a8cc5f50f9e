"""Put the parts of a pretrained model together in one checkpoint."""

import hashlib
import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from mmengine.config import Config
from torch import Tensor

from stal_plugin.engine.checkpoints.conversion import convert_weights
from stal_plugin.engine.checkpoints.inference_config import META_KEY, InferenceConfig
from stal_plugin.engine.pretrained.catalogue import (
    CATALOGUE,
    PretrainedModel,
    PretrainedPart,
)
from stal_plugin.engine.pretrained.fetch import (
    cache_folder,
    find_or_fetch,
    sha256_of,
    weights_folder,
)
from stal_plugin.engine.shipped_files import find_config
from stal_plugin.files.atomic_file import atomic_file


def pretrained(
    name: str,
    folder: str | os.PathLike | None = None,
    say: Callable[[str], None] = print,
) -> Path:
    """Return a checkpoint that works without training.

    ::

        detector = ActionDetector(pretrained("kinetics600"))

    The published files are looked for in the folder, or fetched there once. The
    checkpoint is made of them once and kept in the cache
    (``~/.cache/stal_plugin``); with other files or another config it is made anew.

    Args:
        name: Key of ``CATALOGUE``.
        folder: Of the published files; default: ``$STAL_WEIGHTS``, else the cache.
        say: Told what is fetched and made.

    Raises:
        FileNotFoundError: A file is not there and cannot be fetched; or there is no
            such folder.
        ValueError: There is no such model, or a file is not what it should be.
    """
    if name not in CATALOGUE:
        raise ValueError(
            f"there is no pretrained model {name!r}, there are {sorted(CATALOGUE)}"
        )
    model, place = CATALOGUE[name], weights_folder(folder)
    files = [find_or_fetch(part, place, say) for part in model.parts]
    config = inference_config(model)
    key = content_key(files, config)
    path = cache_folder() / f"{name}-{key}.pth"
    if not path.is_file():
        say(f"Makes '{path}' of {', '.join(file.name for file in files)}")
        write_checkpoint(path, model, files, config)
    return path


def inference_config(model: PretrainedModel) -> InferenceConfig:
    """Describe a model, as a checkpoint of it does."""
    settings = Config.fromfile(find_config(model.config)).to_dict()
    meta = {"classes": model.classes, "fps": model.frame_rate}
    return InferenceConfig.from_settings(settings, meta)


def content_key(files: list[Path], config: InferenceConfig) -> str:
    """Hash of what a checkpoint is made of: bytes of the files, and the config."""
    parts = [sha256_of(file) for file in files] + [config.to_json()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def write_checkpoint(
    path: Path, model: PretrainedModel, files: list[Path], config: InferenceConfig
) -> None:
    """Convert the files of the parts and write one checkpoint of them.

    Args:
        path: New file.
        model: The model.
        files: One of each part.
        config: From :func:`inference_config`.

    Raises:
        ValueError: A file is not what it should be.
    """
    weights: dict[str, Tensor] = {}
    for part, file in zip(model.parts, files, strict=True):
        done = convert_weights(part.format, file)
        converted = {f"{done.prefix}{k}": v for k, v in done.fit.loaded.items()}
        weights |= renamed({**converted, **done.companions}, part)
    classes, fps = list(model.classes), model.frame_rate
    meta = {
        "dataset_meta": {"classes": classes, "fps": fps, "multilabel": False},
        META_KEY: config.to_json(),
        "source": [file.name for file in files],
    }
    buffer = io.BytesIO()
    torch.save({"meta": meta, "state_dict": weights}, buffer)
    with atomic_file(path) as target:
        target.write_bytes(buffer.getbuffer())


def renamed(tensors: Mapping[str, Tensor], part: PretrainedPart) -> dict[str, Tensor]:
    """Give converted tensors their places in the model; others are left out."""
    places = {}
    for name, tensor in tensors.items():
        for old, new in part.places:
            if name.startswith(old):
                places[new + name.removeprefix(old)] = tensor
                break
    return places
