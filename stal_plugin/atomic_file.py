"""Files that are complete, or as they were before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_file(path: str | os.PathLike) -> Iterator[Path]:
    """Write a file beside its place; it gets its name when the block ends well.

    The contents are forced to the disk before, so that neither a crash of the process
    or of the machine nor a full disk leaves a torn file, or none where one was.

    Args:
        path: The file; its folder is made.

    Yields:
        ``<path>.part``, to be written. It is deleted when the block fails.

    Raises:
        OSError: It cannot be written; the error names ``path``.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        if error.errno is None:
            raise
        reason = f"{error.strerror}, nothing was written"
        raise OSError(error.errno, reason, str(path)) from error
    finally:
        part.unlink(missing_ok=True)
