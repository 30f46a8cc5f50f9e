"""What a command may write: nothing that it reads, and nothing that is there."""

import os
from collections.abc import Iterable
from itertools import product
from pathlib import Path


def check_outputs(
    outputs: Iterable[str | os.PathLike | None],
    inputs: Iterable[str | os.PathLike | None] = (),
    overwrite: bool = False,
) -> None:
    """Refuse outputs that would destroy a file, before anything is opened.

    A file that the command reads is never written, whatever its name: by another
    spelling, through a link or as a hard link.

    Args:
        outputs: Files that a command is going to write; None is left out.
        inputs: Files that it reads; addresses and None are left out.
        overwrite: Whether files that exist may be replaced, ``--overwrite``.

    Raises:
        ValueError: An output is an input, two outputs are one file, an output is a
            folder, or it exists and ``overwrite`` is not set.
    """
    read = [Path(path) for path in inputs if path and "://" not in str(path)]
    written: list[Path] = []
    for path in (Path(path) for path in outputs if path):
        names = (path, path.with_name(f"{path.name}.part"))
        hit = next((n for n, own in product(names, read) if same_file(n, own)), None)
        if hit is not None:
            raise ValueError(
                f"{path} would replace {hit}, which this command reads: choose another "
                "name"
            )
        if any(same_file(path, other) for other in written):
            raise ValueError(f"{path} is named for two outputs: choose another name")
        if path.is_dir():
            raise ValueError(f"{path} is a folder: name a file in it")
        if path.is_file() and not overwrite:
            raise ValueError(
                f"{path} is there already: choose another name, or replace it with "
                "--overwrite"
            )
        written.append(path)


def check_own_outputs(
    outputs: Iterable[str | os.PathLike | None],
    inputs: Iterable[str | os.PathLike | None],
    own_folders: Iterable[str | os.PathLike],
    overwrite: bool = False,
) -> None:
    """Refuse outputs like :func:`check_outputs`, but not those in folders of the run.

    So that the same command can be given again: what it writes into its run's own
    folder may be replaced, what lies elsewhere belongs to another run.

    Args:
        outputs: Files that a command is going to write; None is left out.
        inputs: Files that it reads.
        own_folders: Folders of the run; they need not exist.
        overwrite: Whether files elsewhere may be replaced, too.

    Raises:
        ValueError: See :func:`check_outputs`.
    """
    paths = [Path(path) for path in outputs if path]
    check_outputs(paths, inputs, overwrite=True)
    folders = [Path(os.path.realpath(folder)) for folder in own_folders]
    for path in paths:
        if Path(os.path.realpath(path)).parent not in folders:
            check_outputs([path], overwrite=overwrite)


def same_file(one: Path, other: Path) -> bool:
    """Tell whether two names mean one file, that may not be there yet."""
    if one.exists() and other.exists():
        return os.path.samefile(one, other)
    return os.path.realpath(one) == os.path.realpath(other)


def is_device(path: Path) -> bool:
    """Tell a pipe or device such as ``/dev/stdout``, which cannot be renamed."""
    return path.exists() and not (path.is_file() or path.is_dir())
