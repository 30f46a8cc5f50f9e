"""Configs and tools: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path
from typing import Literal

import stal_plugin


def shipped_folder(name: Literal["configs", "tools"]) -> Path:
    """Return the folder of configs or tools that belongs to this package.

    A wheel carries them in ``stal_plugin/.mim``, as OpenMMLab's packages do.
    """
    package = Path(stal_plugin.__file__).resolve().parent
    installed = package / ".mim" / name
    return installed if installed.is_dir() else package.parent / name


def config_names() -> list[str]:
    """Return the names of our configs, such as ``'mini/yowo_agot'``."""
    folder = shipped_folder("configs")
    files = [*folder.glob("*.py"), *folder.glob("mini/*.py")]
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in files)


def find_config(name: str) -> str:
    """Return the path of a config: the file itself, or else one of ours of that name.

    Args:
        name: File, or for example ``'mini/yowo_agot'`` or ``'configs/yowo_agot.py'``.

    Raises:
        FileNotFoundError: If there is neither.
    """
    folder = shipped_folder("configs")
    ours = folder / name.removeprefix("configs/")
    for path in (Path(name), ours, ours.with_name(f"{ours.name}.py")):
        if path.is_file():
            return str(path)
    raise FileNotFoundError(
        f"config '{name}' does not exist. Configs are in the folder {folder}"
    )
