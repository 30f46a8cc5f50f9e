"""mmengine loads checkpoints with whatever ``torch.load`` does by default.

Upstream fault (mmengine 0.10.7): ``CheckpointLoader`` does not pass
``weights_only``, so torch before 2.6 runs any code that a checkpoint contains, and
``torch.hub`` does so in every version; later ones stop with a page of text that
advises to turn the protection off. Can go: when mmengine passes ``weights_only=True``
and names the objects that it refuses.
"""

import hashlib
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.logging import print_log

from stal_plugin.annotations.problems import shortened
from stal_plugin.engine.checkpoints.checkpoint_storage import OWN_NAME
from stal_plugin.files.addresses import without_passwords

_TRUSTED: set[str] = set()
_NAMES = 400  # characters of what a refused file holds
_REASON = re.compile(r"WeightsUnpickler error:\s*([^\n]+)")
_CHECKSUM = re.compile(r"-([0-9a-f]{8,64})\.\w+$")


def install_safe_load() -> None:
    """Make mmengine load local files and downloads through :func:`load_from_local`.

    Also those that its other loaders fetch (``torchvision://``, ``open-mmlab://``), and
    with the passwords of addresses hidden in what it prints.
    """
    from mmengine.runner import checkpoint

    loader = checkpoint.CheckpointLoader
    loader.register_scheme("", load_from_local, force=True)
    loader.register_scheme(("http://", "https://"), load_from_http, force=True)
    checkpoint.load_from_http = load_from_http
    loader.load_checkpoint = classmethod(_load_and_say)


def _load_and_say(
    cls: Any, filename: str, map_location: Any = None, logger: Any = "current"
) -> Any:
    """As ``CheckpointLoader.load_checkpoint``, but for passwords."""
    print_log(f"Loads checkpoint from {without_passwords(filename)}", logger=logger)
    return cls._get_checkpoint_loader(filename)(filename, map_location)


def trust_checkpoint(path: str) -> None:
    """Let this one file run code of its own when it is loaded."""
    _TRUSTED.add(_key(path))


def load_from_local(
    filename: str, map_location: str | torch.device | Callable | None = None
) -> Any:
    """Load tensors and plain values from a file, and nothing that runs code.

    Args:
        filename: Checkpoint file; ``~`` is expanded.
        map_location: As in ``torch.load``.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged or holds other objects and was not trusted.
    """
    content = _read(filename, map_location)
    check_finite_weights(content, filename)
    return content


def load_meta(filename: str) -> Mapping[str, Any]:
    """Load what a checkpoint says about itself; its tensors stay on the disk.

    Args:
        filename: Checkpoint file; ``~`` is expanded.

    Returns:
        Its ``meta``; empty if it has none.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: See :func:`load_from_local`.
    """
    zipped = zipfile.is_zipfile(Path(filename).expanduser())
    content = _read(filename, "cpu", mmap=zipped)
    meta = content.get("meta") if isinstance(content, dict) else None
    return meta if isinstance(meta, Mapping) else {}


def _read(
    filename: str,
    map_location: str | torch.device | Callable | None,
    mmap: bool = False,
) -> Any:
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint '{filename}' does not exist")
    trusted = _key(filename) in _TRUSTED
    try:
        content = torch.load(
            path, map_location=map_location, weights_only=not trusted, mmap=mmap
        )
    except pickle.UnpicklingError as error:
        raise ValueError(_refusal(path, error)) from error
    except (PermissionError, MemoryError):
        raise
    except Exception as error:  # whatever a damaged file makes of the reader
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"checkpoint '{filename}' ({path.stat().st_size} bytes) cannot be read, it "
            f"is damaged or no checkpoint: {reason}. Fix: take an earlier one"
        ) from error
    if not trusted and isinstance(content, dict):
        _disarm(content)
    return content


def _disarm(checkpoint: dict) -> None:
    """Drop what mmengine 0.10.7 would run or delete when training is resumed.

    ``Runner.resume`` runs the text ``meta['config']`` as Python, and ``CheckpointHook``
    deletes whatever path or number of a checkpoint ``message_hub`` names as replaced.
    """
    meta, hub = checkpoint.get("meta"), checkpoint.get("message_hub")
    if isinstance(meta, dict):
        meta.pop("config", None)
    info = hub.get("runtime_info") if isinstance(hub, dict) else None
    if isinstance(info, dict):
        for key in [k for k in info if str(k).startswith("best_ckpt")]:
            info[key] = Path(str(info[key])).name
            if not OWN_NAME.fullmatch(info[key]):
                del info[key]
        if "keep_ckpt_ids" in info:
            numbers = info["keep_ckpt_ids"]
            numbers = numbers if isinstance(numbers, (list, tuple)) else ()
            info["keep_ckpt_ids"] = [n for n in numbers if type(n) is int]


def check_finite_weights(checkpoint: Any, name: str) -> None:
    """Check that no weight is NaN or infinite.

    Args:
        checkpoint: Tensors by name, or a dict with such a dict under ``state_dict``.
        name: Of the file, for the error.

    Raises:
        ValueError: Names the first such tensor and how many of its values they are.
    """
    if not isinstance(checkpoint, dict):
        return
    state = checkpoint.get("state_dict", checkpoint)
    for key, value in state.items() if isinstance(state, dict) else ():
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            bad = int((~torch.isfinite(value)).sum())
            if bad:
                raise ValueError(
                    f"checkpoint '{name}': {bad} of {value.numel()} values of {key} "
                    "are not finite, its training had diverged. Fix: take an earlier "
                    "checkpoint"
                )


def load_from_http(
    filename: str,
    map_location: str | torch.device | Callable | None = None,
    model_dir: str | None = None,
) -> Any:
    """Download a checkpoint, once per node, and load it as a local file.

    Each address has a file of its own in torch's cache. A checksum in the name, as in
    ``name-5c106cde.pth`` (torch's convention), is checked.

    Args:
        filename: Address, ``http://`` or ``https://``.
        map_location: As in ``torch.load``.
        model_dir: Folder for the file, as mmengine's loaders give it; default: torch's
            cache.

    Raises:
        ValueError: The file cannot be read, or its checksum is another.
    """
    from mmengine.dist import barrier, get_local_rank

    path = cached_file(filename)
    path = path if model_dir is None else Path(model_dir, path.name)
    if get_local_rank() == 0 and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        checksum = _CHECKSUM.search(filename)
        try:
            torch.hub.download_url_to_file(
                filename, str(path), checksum[1] if checksum else None
            )
        except RuntimeError as error:
            shown = without_passwords(filename)
            raise ValueError(f"checkpoint '{shown}': {error}") from error
    barrier()
    if _key(filename) in _TRUSTED:
        trust_checkpoint(str(path))
    return load_from_local(str(path), map_location)


def cached_file(address: str) -> Path:
    """File in torch's cache that belongs to an address, and to no other."""
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    last = without_passwords(address).rsplit("/", 1)[-1]
    name = re.sub(r"[^\w.-]", "_", last)[-100:]
    return Path(torch.hub.get_dir(), "checkpoints", f"{digest}-{name}")


def _key(path: str) -> str:
    if "://" in path:
        return path
    return str(Path(path).expanduser().resolve())


def _refusal(path: Path, error: Exception) -> str:
    return (
        f"checkpoint '{path}' holds more than tensors and plain values, it was not "
        f"loaded because such objects can run code: {_unsafe_globals(path, error)}. "
        "If you trust whoever made this file, add --trust-checkpoint (or call "
        f"stal_plugin.engine.checkpoints.safe_load.trust_checkpoint({str(path)!r}))"
    )


def _unsafe_globals(path: Path, error: Exception) -> str:
    """Name the refused objects; the zip format lets torch list all of them."""
    lister = getattr(torch.serialization, "get_unsafe_globals_in_checkpoint", None)
    try:
        names = lister(path) if lister else []
    except Exception:  # formats older than torch 1.6, and damaged files
        names = []
    if names:
        return shortened(", ".join(sorted(names)), _NAMES)
    reason = _REASON.search(str(error))  # around it torch advises to load it anyway
    text = reason[1] if reason else str(error).replace("\n", " ")
    return shortened(text, _NAMES)
