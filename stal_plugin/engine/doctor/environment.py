"""One line of the report."""

import importlib
import importlib.metadata
import os
import platform
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        level: ``'broken'`` (training or testing will fail), ``'warning'`` (works, with
            a drawback) or ``'info'``.
        text: What was found.
        fix: Command that mends it.
    """

    level: Literal["info", "warning", "broken"]
    text: str
    fix: str = ""


class Environment:
    """The running interpreter and its installed packages."""

    def python(self) -> tuple[int, ...]:
        """Return the version of Python."""
        return tuple(sys.version_info[:3])

    def system(self) -> str:
        """Describe the operating system and the machine."""
        return f"{platform.system()} {platform.machine()}"

    def version(self, package: str) -> str | None:
        """Return the version of an installed package, ``None`` if there is none."""
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return None

    def files(self, package: str) -> list[str]:
        """Return the files of an installed package."""
        return [str(file) for file in importlib.metadata.files(package) or []]

    def load(self, module: str) -> ModuleType:
        """Import a module.

        Raises:
            Exception: Whatever the module raises, ``ImportError`` if it is missing.
        """
        return importlib.import_module(module)

    def variables(self) -> Mapping[str, str]:
        """Return the environment variables."""
        return os.environ

    def cores(self) -> int:
        """Return the number of cores that this process may use."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

    def memory(self) -> int | None:
        """Return the bytes of memory, within a container's limit if there is one."""
        try:
            total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, ValueError):  # not on every system
            return None
        for name in ("memory.max", "memory/memory.limit_in_bytes"):
            limit = Path("/sys/fs/cgroup", name)
            text = limit.read_text().strip() if limit.is_file() else "max"
            if text.isdigit():
                total = min(total, int(text))
        return total

    def shared_memory(self) -> int | None:
        """Return the size in bytes of the memory that data loader workers share."""
        return (
            shutil.disk_usage("/dev/shm").total if Path("/dev/shm").is_dir() else None
        )


def parse_version(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, ``'2.1.0+cpu'`` as ``(2, 1, 0)``."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match.group().split(".")) if match else ()
