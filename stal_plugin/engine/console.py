"""What the tools that make data share: a progress bar, faults as exit statuses."""

import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_INTERRUPTED = 130  # the shell's status for Ctrl-C


def counting_progress(console: Console, unit: str = "") -> Progress:
    """Make a bar that tells how many of how many, the time gone and the time left.

    Args:
        console: Where it is drawn.
        unit: What is counted.
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([TextColumn(unit)] if unit else []),
        TimeElapsedColumn(),
        TextColumn("remaining"),
        TimeRemainingColumn(),
        console=console,
    )


def exit_status(command: Callable[[], int | None]) -> int:
    """Run a command; report a fault of the input in one line on stderr.

    Args:
        command: Does the work; returns an exit status or nothing.

    Returns:
        The command's status (nothing is 0), 1 after a fault of the input (ValueError,
        FileNotFoundError), 130 after Ctrl-C.
    """
    try:
        return command() or 0
    except (ValueError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print(  # noqa: T201
            "interrupted; run the same command again to go on", file=sys.stderr
        )
        return _INTERRUPTED
