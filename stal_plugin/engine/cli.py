"""What the command-line tools share: arguments, progress, errors in one line."""

import argparse
import csv
import errno
import functools
import io
import logging
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec

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
from stal_plugin.files.addresses import without_passwords

_OURS = {Path(stal_plugin.__file__).parent, shipped_folder("tools")}
_P = ParamSpec("_P")
_READERS = Path(stal_plugin.__file__).parent / "annotations"
_INTERRUPTED = 130  # the shell's status for Ctrl-C
_BROKEN_PIPE = 141  # and for SIGPIPE
TERMINATED = 143  # and for SIGTERM
_OF_THE_DISK = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES),
    *(errno.EPERM, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG),
    errno.ELOOP,
)
_ANEW = " The same command goes on where it stopped."
_WAYS_ON = {"train": " --resume continues.", "agot": _ANEW, "jhmdb": _ANEW}


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that training and testing share."""
    parser.add_argument(
        "--work-dir", help="where logs go; default: work_dirs/<name of the config>"
    )
    add_config_options(parser)
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
    add_debug_argument(parser)
    parser.add_argument(
        "--local_rank", "--local-rank", type=int, default=0, help=argparse.SUPPRESS
    )


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--cfg-options``, a dict of dotted keys and values."""
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=_options_action(),
        default={},
        metavar="KEY=VALUE",
        help="change settings of the config, e.g. train_cfg.max_epochs=2",
    )


def add_debug_argument(parser: argparse._ActionsContainer) -> None:
    """Add ``--debug``, see :func:`one_line_errors`."""
    parser.add_argument(
        "--debug", action="store_true", help="show the traceback of every error"
    )


def add_overwrite_argument(parser: argparse._ActionsContainer) -> None:
    """Add ``--overwrite``, see ``check_outputs``."""
    parser.add_argument(
        "--overwrite", action="store_true", help="replace outputs that are there"
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


def one_line_errors(main: Callable[_P, int | None]) -> Callable[_P, None]:
    """End a tool in the one way in which all of them end.

    ``main`` may return an exit status. A user's mistake is one line and status 1, with
    its traceback after ``--debug``; other errors keep their traceback. Ctrl-C ends in
    "Interrupted" and status 130, SIGTERM in status 143; files are complete or as
    before either way, see ``atomic_file``.
    """

    @functools.wraps(main)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:  # from the first line on: Ctrl-C may come at any
            # else a log file on a full disk gives a traceback for each of its lines
            logging.raiseExceptions = "--debug" in sys.argv
            if "--debug" not in sys.argv:
                _pass_over_hosts_warnings()
            with _ended_by_sigterm():
                status = main(*args, **kwargs)
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
            print(f"Error: {message_of(error)}", file=sys.stderr)  # noqa: T201
            sys.exit(1)
        if status:
            sys.exit(status)

    return wrapped


def _pass_over_hosts_warnings() -> None:
    """What the host packages still call by an old name is no user's business."""
    hosts = r"(mmengine|mmcv|mmdet|mmaction)\."
    warnings.filterwarnings("ignore", category=FutureWarning, module=hosts)
    warnings.filterwarnings("ignore", message=r"torch\.meshgrid: in an upcoming")


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind this process, so that it leaves no half-written file."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    process = os.getpid()

    def end(*_: object) -> None:
        if os.getpid() != process:  # a forked worker ends as without us
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        print("\nTerminated.", file=sys.stderr)  # noqa: T201
        sys.exit(TERMINATED)

    earlier = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _way_on() -> str:
    """Tell how training and conversions go on; the other tools start anew."""
    return _WAYS_ON.get(Path(sys.argv[0]).stem.replace("dist_", ""), "")


def message_of(error: BaseException) -> str:
    """Return what an error says to a user: file and cause, and no password."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        file = error.filename or _written_file(error)
        text = f"{file}: {error.strerror}" if file else error.strerror
    elif isinstance(error, RecursionError):
        text = "the input is nested too deeply to be read"
    elif isinstance(error, MemoryError):
        text = f"not enough memory: {error}".removesuffix(": ")
    return without_passwords(text)


def _written_file(error: BaseException) -> str | None:
    """Name of the open file next to where an error was raised.

    That a disk is full shows only while a file is written; such errors name none.
    """
    names = [
        str(getattr(value, "name", ""))
        for frame, _ in traceback.walk_tb(error.__traceback__)
        for value in frame.f_locals.values()
        if isinstance(value, io.IOBase)
    ]
    return names[-1] if names else None


def is_users_mistake(error: BaseException) -> bool:
    """Tell errors that explain themselves from faults of the program.

    These are: a missing file, a disk that is full or may not be written to, an input
    that is too large or nested too deeply, what this package and its tools raise
    themselves about a value or a package to install, and what a parser raises about an
    annotation file.
    """
    if isinstance(error, ImportError):
        return "pip install" in str(error)
    if isinstance(error, (FileNotFoundError, MemoryError)):
        return True
    if isinstance(error, OSError):
        return error.errno in _OF_THE_DISK
    if isinstance(error, RecursionError):
        return not _raised_here(error)
    if isinstance(error, (ValueError, OverflowError, csv.Error)) and _in_reader(error):
        return True
    if not isinstance(error, (ValueError, FloatingPointError)):
        return False
    return any(_raised_here(e) for e in _chain(error))


def _files(error: BaseException) -> list[Path]:
    """Source files that an error passed through, the one that raised it last."""
    return [Path(f.filename) for f in traceback.extract_tb(error.__traceback__)]


def _raised_here(error: BaseException) -> bool:
    files = _files(error)
    return bool(files) and not _OURS.isdisjoint(files[-1].parents)


def _in_reader(error: BaseException) -> bool:
    return any(_READERS in file.parents for file in _files(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


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
