"""What to run next: the last line of a tool."""

import shlex
import sys
from pathlib import Path


def next_step(tool: str, *arguments: str | Path) -> str:
    """Return "next: " and a command, as the user started this tool.

    Args:
        tool: Name of the script in ``tools/``, such as ``'report'``.
        arguments: Its arguments.
    """
    as_sub_command = sys.argv[0].startswith("stal ")
    start = f"stal {tool}" if as_sub_command else f"python tools/{tool}.py"
    return " ".join(["next:", start, *(shlex.quote(str(text)) for text in arguments)])


def checkpoint_to_use(work_dir: str | Path) -> Path | None:
    """Return the best checkpoint of a run, else the last one; None without any."""
    folder = Path(work_dir)
    by_age = [
        sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
        for pattern in ("best_*.pth", "*.pth")
    ]
    return next((paths[-1] for paths in by_age if paths), None)
