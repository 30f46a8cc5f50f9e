"""Find a published file in a folder, or fetch it there."""

import hashlib
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from stal_plugin.engine.pretrained.catalogue import PretrainedPart, PublishedFile
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.user_cache import cache_folder

#: Names the folder of the weights, unless an argument does.
ENVIRONMENT = "STAL_WEIGHTS"
_CHUNK = 1 << 20
_SECONDS = 30.0
_LARGEST = 1 << 30


def weights_folder(folder: str | os.PathLike | None = None) -> Path:
    """Return the folder of the weights: the given one, ``$STAL_WEIGHTS``, the cache.

    Raises:
        FileNotFoundError: A folder was named that does not exist.
    """
    named = folder or os.environ.get(ENVIRONMENT)
    if not named:
        return cache_folder()
    if not Path(named).is_dir():
        raise FileNotFoundError(f"the folder of weights '{named}' does not exist")
    return Path(named)


def sha256_of(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def find_or_fetch(
    part: PretrainedPart, folder: Path, say: Callable[[str], None] = print
) -> Path:
    """Return a file that holds the weights of a part.

    Args:
        part: From the catalogue.
        folder: Where it is looked for and, if it is not there, kept.
        say: Told what is fetched.

    Raises:
        FileNotFoundError: It is not there and cannot be fetched; tells what to do.
        ValueError: What was fetched is not what was published.
    """
    for file in part.files:
        if (folder / file.name).is_file():
            return folder / file.name
    wanted = part.files[0]
    path = folder / wanted.name
    say(f"Fetches {part.what} ({wanted.licence}) from {wanted.address} to '{path}'")
    try:
        fetch(wanted, path)
    except OSError as error:
        raise FileNotFoundError(
            f"the weights of {part.what} are not in '{folder}' and could not be "
            f"fetched ({_cause(error)}): download {wanted.address} and put it there as "
            f"'{wanted.name}'; or name the folder that has it: --weights DIR, or the "
            f"environment variable {ENVIRONMENT}"
        ) from error
    return path


def fetch(file: PublishedFile, path: Path) -> None:
    """Fetch a file; it is there when its checksum is right, or not at all.

    Args:
        file: From the catalogue.
        path: Where it goes.

    Raises:
        OSError: The address cannot be read, or the file not be written.
        ValueError: The address is no ``https://``, or the checksum is another.
    """
    if not file.address.startswith("https://"):
        raise ValueError(f"{file.address} is not fetched from: it is no https://")
    with urllib.request.urlopen(file.address, timeout=_SECONDS) as source:
        store_checked(source, path, file)


def store_checked(source: IO[bytes], path: Path, file: PublishedFile) -> None:
    """Write what a source gives, if its checksum is right.

    Args:
        source: Open stream.
        path: Where it goes.
        file: What it should be.

    Raises:
        ValueError: It is something else.
    """
    digest, size = hashlib.sha256(), 0
    with atomic_file(path) as part, part.open("wb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > _LARGEST:
                raise ValueError(f"{file.address} gave more than {_LARGEST} bytes")
            digest.update(chunk)
            target.write(chunk)
        if digest.hexdigest() != file.sha256:
            raise ValueError(
                f"{file.address} gave {size} bytes with the SHA-256 "
                f"{digest.hexdigest()[:16]}..., but {file.name} has "
                f"{file.sha256[:16]}...: it was changed there or on the way. Nothing "
                f"was kept; if you trust a file of your own, put it there: '{path}'"
            )


def _cause(error: OSError) -> str:
    reason = getattr(error, "reason", None) or error.strerror or error
    return " ".join(str(reason).split())[:200]
