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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        _force_to_disk(part)
        part.replace(part.with_suffix(""))
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"{error.strerror}, nothing was written"
        raise OSError(error.errno, reason, str(path)) from error
    finally:
        with suppress(OSError):  # a read-only disk refuses this, too
            part.unlink(missing_ok=True)


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
    try:
        with atomic_file(first) as first_part, atomic_file(waiting) as second_part:
            yield first_part, second_part
            _force_to_disk(first_part)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    finish_pair(first, second)


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
    part = part_of(Path(first))
    if part.is_file():
        part.replace(part.with_suffix(""))
    waiting.replace(waiting.with_suffix(""))


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
