"""Files that are complete, or as they were before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stal_plugin.files.output_files import is_device


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[Path]:
    """Write a file beside its place; it gets its name when the block ends well.

    The contents are forced to the disk before, so that neither a crash of the process
    or of the machine nor a full disk leaves a torn file, or none where one was.

    Args:
        path: The file; its folder is made. Of a link, the file that it leads to. A
            device or pipe is written as it is.

    Yields:
        ``<path>.part``, to be written. It is deleted when the block fails.

    Raises:
        OSError: It cannot be written; the error names ``path``.
    """
    path = Path(path)
    if is_device(path):
        yield path
        return
    part = part_of(path)
    with _written(path, part):
        yield part
        _force_to_disk(part)
        part.replace(part.with_suffix(""))


@contextmanager
def _written(path: Path, *parts: Path) -> Iterator[None]:
    """Make the folder; on failure name the file and leave no part behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        for part in parts:
            with suppress(OSError):  # a read-only disk refuses this, too
                part.unlink(missing_ok=True)
        if not isinstance(error, OSError) or error.errno is None:
            raise
        reason = f"{error.strerror}, nothing was written"
        raise OSError(error.errno, reason, str(path)) from error


@contextmanager
def atomic_pair(
    first: str | os.PathLike, second: str | os.PathLike
) -> Iterator[tuple[Path, Path]]:
    """Write two files that belong together: both are new, or both as before.

    Two files cannot be renamed in one step. The second one waits as ``<second>.next``
    until the first has its name; if the process dies there, ``finish_pair`` goes on.

    Args:
        first: A file.
        second: Another one.

    Yields:
        Where to write them, see ``atomic_file``.

    Raises:
        OSError: They cannot be written.
    """
    finish_pair(first, second)
    waiting = _waiting(second)
    parts = part_of(Path(first)), part_of(waiting)
    with _written(Path(first), *parts, waiting):
        yield parts
        for part in parts:
            _force_to_disk(part)
        parts[1].replace(waiting)
    finish_pair(first, second)  # what is left to do, whatever happens here


def finish_pair(first: str | os.PathLike, second: str | os.PathLike) -> None:
    """Rename the files of a pair that was complete when its writer was killed.

    Readers of a pair call this first.

    Args:
        first: As of ``atomic_pair``.
        second: As of ``atomic_pair``.
    """
    waiting = _waiting(second)
    if not waiting.is_file():
        return
    for part in (part_of(Path(first)), waiting):
        with suppress(FileNotFoundError):  # another process was faster
            part.replace(part.with_suffix(""))


def _waiting(path: str | os.PathLike) -> Path:
    place = Path(os.path.realpath(path))
    return place.with_name(f"{place.name}.next")


def _force_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def part_of(path: Path) -> Path:
    """Where a file is written until it is complete; without ``.part`` its place."""
    place = Path(os.path.realpath(path))
    return place.with_name(f"{place.name}.part")
