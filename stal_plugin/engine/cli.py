"""What the command-line tools share: arguments, progress, errors in one line."""

import argparse
import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

import stal_plugin
from stal_plugin.engine.shipped_files import shipped_folder

_OURS = {Path(stal_plugin.__file__).parent, shipped_folder("tools")}
_INTERRUPTED = 130  # the shell's status for Ctrl-C
_BROKEN_PIPE = 141  # and for SIGPIPE
_OF_THE_DISK = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG),
)


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that training and testing share."""
    parser.add_argument(
        "--work-dir", help="where logs go; default: work_dirs/<name of the config>"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=_options_action(),
        default={},
        metavar="KEY=VALUE",
        help="change settings of the config, e.g. train_cfg.max_epochs=2",
    )
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm", "mpi"],
        default="none",
        help="how this process was started; see tools/dist_train.sh",
    )
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="let the given checkpoint run code of its own while it is loaded",
    )
    parser.add_argument(
        "--debug", action="store_true", help="show the traceback of every error"
    )
    parser.add_argument(
        "--local_rank", "--local-rank", type=int, default=0, help=argparse.SUPPRESS
    )


def _options_action() -> type[argparse.Action]:
    """Mmengine's parser of KEY=VALUE, with one line for what it cannot read."""
    from mmengine.config import DictAction

    class OptionsAction(DictAction):
        def __call__(
            self,
            parser: argparse.ArgumentParser,
            namespace: argparse.Namespace,
            values: list[str],
            option_string: str | None = None,
        ) -> None:
            for text in values:
                if not text.partition("=")[1]:
                    raise argparse.ArgumentError(self, f"{text!r} is not KEY=VALUE")
            try:
                super().__call__(parser, namespace, values, option_string)
            except AssertionError as error:  # brackets without a partner
                raise argparse.ArgumentError(self, str(error)) from None

    return OptionsAction


def one_line_errors(main: Callable[[], None]) -> Callable[[], None]:
    """Show a user's mistake as one line, exit status 1; others with traceback."""

    @functools.wraps(main)
    def wrapped() -> None:
        try:
            main()
            sys.stdout.flush()
        except KeyboardInterrupt:
            print(f"\nInterrupted.{_way_on()}", file=sys.stderr)  # noqa: T201
            sys.exit(_INTERRUPTED)
        except BrokenPipeError:  # "... | head" has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(_BROKEN_PIPE)
        except Exception as error:
            if "--debug" in sys.argv or not is_users_mistake(error):
                raise
            print(f"Error: {error}", file=sys.stderr)  # noqa: T201
            sys.exit(1)

    return wrapped


def _way_on() -> str:
    """Tell how training goes on; the other tools start anew."""
    return " --resume continues." if Path(sys.argv[0]).stem.endswith("train") else ""


def is_users_mistake(error: BaseException) -> bool:
    """Tell errors that explain themselves from faults of the program.

    These are: a missing file, a disk that is full or may not be written to, and what
    this package and its tools raise themselves about a value.
    """
    if isinstance(error, FileNotFoundError):
        return True
    if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
        return True
    if not isinstance(error, (ValueError, FloatingPointError)):
        return False
    return any(_raised_here(e) for e in _chain(error))


def _raised_here(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and not _OURS.isdisjoint(Path(frames[-1].filename).parents)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


_INTERRUPTED = 130  # the shell's status for Ctrl-C


def counting_progress(console: Console, unit: str = "") -> Progress:
    """Make a bar that tells how many of how many, the time gone and the time left.

    Nothing is drawn where the output is no terminal.

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
        disable=not console.is_terminal,
    )


def width_and_height(text: str) -> tuple[int, int]:
    """Read an argument such as ``1920x1080``.

    Args:
        text: The argument.

    Returns:
        Width and height.

    Raises:
        argparse.ArgumentTypeError: It is no size.
    """
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(p.isdecimal() and int(p) > 0 for p in parts):
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is e.g. 320x240")
    return int(parts[0]), int(parts[1])


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
