"""Zipped exports: the annotation files in them, unpacked within limits."""

import gzip
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from stal_plugin.video.frame_folder_reader import SUFFIXES as IMAGE_SUFFIXES

_READ = (".xml", ".json", ".csv", ".txt", ".yaml", ".yml", ".names", ".pkl", ".mat")
_MOST_FILES = 200_000
_MOST_BYTES = 1 << 30
_FREE_BYTES = 1 << 24  # so many may be unpacked whatever the ratio
_MOST_RATIO = 200  # times the size of the archive; exports of tools reach about 50
_CHUNK = 1 << 20
_DRIVE = 2


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or gzip, by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4)
    return head in (b"PK\x03\x04", b"PK\x05\x06") or head[:2] == b"\x1f\x8b"


@contextmanager
def unpacked(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Unpack archives for as long as the block runs.

    Images become empty files of their names, which tell the frames; videos and other
    files are left out. Errors that the block raises name the archive, not the temporary
    folder.

    Args:
        paths: Files and folders; archives are known by their content.

    Yields:
        The paths in their order, archives replaced by the folders of what is in them.

    Raises:
        ValueError: An archive is damaged, encrypted, would write outside of its folder
            or unpack to far more than an export has.
    """
    with tempfile.TemporaryDirectory() as temporary:
        made = []
        for number, path in enumerate(paths):
            made.append(path)
            if is_archive(path):
                made[-1] = Path(temporary, str(number), path.name)
                _unpack(path, made[-1])
        try:
            yield made
        except (ValueError, FileNotFoundError) as error:
            text = str(error)
            for number in range(len(paths)):
                text = text.replace(f"{Path(temporary, str(number))}/", "")
            if text == str(error):
                raise
            raise type(error)(text) from None


def _unpack(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    try:
        if zipfile.is_zipfile(path):
            _unpack_zip(path, folder)
        else:
            name = path.name.removesuffix(".gz") or "annotations"
            with gzip.open(path) as source:
                _copy(path, source, folder / name, _limit(path))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise ValueError(f"{path} is a damaged archive: {error}") from None
    except RuntimeError as error:  # a password is needed
        raise ValueError(f"{path} cannot be unpacked: {error}") from None
    except Exception as error:  # zlib.error and others of faulty streams
        if isinstance(error, ValueError):
            raise
        raise ValueError(f"{path} is a damaged archive: {error!r}") from None


def _limit(path: Path) -> int:
    """Most bytes that an archive may unpack to."""
    return min(_MOST_BYTES, max(_FREE_BYTES, path.stat().st_size * _MOST_RATIO))


def _unpack_zip(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > _MOST_FILES:
            raise ValueError(
                f"{path} has {len(members)} files, more than an export has"
            )
        left = _limit(path)
        for member in members:
            target = _target(path, member, folder)
            if target is None:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix.lower() in IMAGE_SUFFIXES:
                target.touch()
                continue
            with archive.open(member) as source:
                left -= _copy(path, source, target, left)


def _target(path: Path, member: zipfile.ZipInfo, folder: Path) -> Path | None:
    """Where a member goes; None for one that is not needed."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or name.as_posix()[1:_DRIVE] == ":":
        raise ValueError(
            f"{path} has a file {member.filename!r}, which would lie outside of the "
            "folder that it is unpacked to: no tool writes this; it is not read"
        )
    hidden = any(part.startswith((".", "__MACOSX")) for part in name.parts)
    link = stat.S_ISLNK(member.external_attr >> 16)
    known = name.suffix.lower() in (*_READ, *IMAGE_SUFFIXES)
    if member.is_dir() or hidden or link or not known:
        return None
    return folder / name


def _copy(path: Path, source: object, target: Path, most: int) -> int:
    """Write a stream to a file; returns its size."""
    size = 0
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK):  # type: ignore[attr-defined]
            size += len(chunk)
            if size > most:
                shutil.rmtree(target.parent, ignore_errors=True)
                raise ValueError(
                    f"{path} unpacks to more than {most >> 20} MB, far more than an "
                    "export has: it is not read. Unpack it yourself if you trust it"
                )
            file.write(chunk)
    return size
