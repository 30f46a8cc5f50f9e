"""The folder of a stand-in: nothing of others is replaced, one's own run goes on."""

from collections.abc import Iterable
from pathlib import Path

#: Says that what is in the folder is of a run that did not end; goes when it is done.
UNFINISHED = "standin.unfinished"


def begin(
    folder: Path, names: Iterable[str], description: str, overwrite: bool = False
) -> None:
    """Take a folder for a stand-in, before anything is written.

    Args:
        folder: The folder; it is made.
        names: Files and folders in it that the stand-in consists of.
        description: File that is written last, and whose presence says that all is
            there.
        overwrite: Whether to write over what is there, ``--overwrite``.

    Raises:
        ValueError: Something of these names is there, not of an interrupted run, and
            ``overwrite`` is not set.
    """
    mark = folder / UNFINISHED
    interrupted = mark.is_file() and not (folder / description).exists()
    there = [name for name in (*names, description) if _holds(folder / name)]
    if there and not (overwrite or interrupted):
        raise ValueError(
            f"{folder} holds another data set already ({there[0]}): choose another "
            "folder, or write over it with --overwrite"
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
    (folder / description).unlink(missing_ok=True)


def end(folder: Path) -> None:
    """Say that all is there; the description has been written.

    Args:
        folder: The folder.
    """
    (folder / UNFINISHED).unlink(missing_ok=True)


def _holds(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()
