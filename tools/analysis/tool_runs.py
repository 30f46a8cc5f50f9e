"""Run the tools of this folder from another tool."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]


def run_tool(
    name: str,
    *arguments: str | Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a tool of ours; what it prints goes to a file.

    Args:
        name: Of the tool, without ``.py``.
        arguments: Of its command line.
        log: Where its output is added.
        environment: Variables that it has besides those of this process.

    Raises:
        ValueError: It failed; the error has its last line.
    """
    command = [sys.executable, str(TOOLS / f"{name}.py"), *map(str, arguments)]
    with log.open("a", encoding="utf-8") as text:
        status = subprocess.run(
            command,
            stdout=text,
            stderr=text,
            env={**os.environ, **(environment or {})},
            check=False,
        )
    if status.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line for line in reversed(lines) if line.strip()), "")
        raise ValueError(f"{name}.py failed, see {log}: {last.strip()}")
