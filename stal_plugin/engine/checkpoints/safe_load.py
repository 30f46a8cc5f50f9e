"""mmengine loads checkpoints with whatever ``torch.load`` does by default.

Upstream fault (mmengine 0.10.7): ``CheckpointLoader`` does not pass
``weights_only``, so torch before 2.6 runs any code that a checkpoint contains, and
``torch.hub`` does so in every version; later ones stop with a page of text that
advises to turn the protection off. Can go: when mmengine passes ``weights_only=True``
and names the objects that it refuses.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_TRUSTED: set[str] = set()


def install_safe_load() -> None:
    """Make mmengine load local files and downloads through :func:`load_from_local`."""
    from mmengine.runner.checkpoint import CheckpointLoader

    CheckpointLoader.register_scheme("", load_from_local, force=True)
    CheckpointLoader.register_scheme(
        ("http://", "https://"), load_from_http, force=True
    )


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
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint '{filename}' does not exist")
    trusted = _key(filename) in _TRUSTED
    try:
        return torch.load(path, map_location=map_location, weights_only=not trusted)
    except pickle.UnpicklingError as error:
        raise ValueError(_refusal(path, error)) from error
    except (EOFError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"checkpoint '{filename}' ({path.stat().st_size} bytes) cannot be read, it "
            f"is damaged or no checkpoint: {reason}. Fix: take an earlier one"
        ) from error


def load_from_http(
    filename: str, map_location: str | torch.device | Callable | None = None
) -> Any:
    """Download a checkpoint, once per node, and load it as a local file.

    Args:
        filename: Address, ``http://`` or ``https://``.
        map_location: As in ``torch.load``.
    """
    from mmengine.dist import barrier, get_local_rank

    path = Path(torch.hub.get_dir(), "checkpoints", filename.rsplit("/", 1)[-1])
    if get_local_rank() == 0 and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(filename, str(path))
    barrier()
    if _key(filename) in _TRUSTED:
        trust_checkpoint(str(path))
    return load_from_local(str(path), map_location)


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
    except (ValueError, RuntimeError):  # formats older than torch 1.6
        names = []
    return ", ".join(sorted(names)) if names else str(error).replace("\n", " ")
