"""Files that are complete, or as they were before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stal_plugin.output_files import is_device


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
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(part.with_suffix(""))
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"{error.strerror}, nothing was written"
        raise OSError(error.errno, reason, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """Where a file is written until it is complete; without ``.part`` its place."""
    place = Path(os.path.realpath(path))
    return place.with_name(f"{place.name}.part")
