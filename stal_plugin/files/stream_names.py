"""Names of streams, and of the files that each of them writes."""

import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from stal_plugin.files.addresses import split_userinfo, without_passwords

#: ``NAME=SRC``; no name holds a slash, so that none leaves its folder.
_NAMED = re.compile(r"(\w[\w.-]{0,59})=(.+)")
_LONGEST = 60
#: Stands for the name of the stream in the name of an output.
PLACE = "{name}"


def named_sources(words: Sequence[str]) -> dict[str, str]:
    """Read ``SRC`` and ``NAME=SRC`` from a command line.

    Args:
        words: Each a source, as ``open_frames`` takes it; with a name of its own, or
            named by :func:`stream_name`. A path that exists is no ``NAME=SRC``.

    Returns:
        The source of each name, in the order given.

    Raises:
        ValueError: Two sources have one name; large and small letters count as equal,
            as some file systems take them.
    """
    sources: dict[str, str] = {}
    taken: dict[str, str] = {}
    for word in words:
        match = None if Path(word).exists() else _NAMED.fullmatch(word)
        name, src = match.groups() if match else (stream_name(word), word)
        other = taken.setdefault(name.casefold(), src)
        if name in sources or other is not src:
            raise ValueError(
                f"two sources have the name '{name}': {without_passwords(other)} and "
                f"{without_passwords(src)}. Give them names: NAME=SRC, for instance "
                f"{name}_2={without_passwords(src)}"
            )
        sources[name] = src
    return sources


def stream_name(src: str) -> str:
    """Make a name of a source that is safe in file names.

    Args:
        src: A path, the number of a camera, or an address; its password and scheme do
            not become part of the name.
    """
    if "://" in src:
        _, _, rest = without_passwords(src).partition("://")
        text = split_userinfo(rest)[1]
    elif src.isdigit():
        text = f"camera_{src}"
    else:
        text = Path(src).stem or Path(src).resolve().stem
    return re.sub(r"[^\w.-]+", "_", text).strip("._-")[:_LONGEST] or "stream"


def check_source(src: str) -> None:
    """Refuse a file that is not there. Cameras and addresses are not tried.

    Args:
        src: See ``open_frames``.

    Raises:
        FileNotFoundError: There is no such file or folder.
    """
    is_camera = src.isdigit() or src.startswith("/dev/video")
    if is_camera or "://" in src or Path(src).is_file() or Path(src).is_dir():
        return
    raise FileNotFoundError(
        f"'{src}' does not exist. Allowed are a video file, a folder of images, a "
        "camera's number (0), and an address such as rtsp://HOST/PATH or http://..."
    )


def output_files(
    patterns: Mapping[str, str | PathLike | None], name: str, num_streams: int
) -> list[Path | None]:
    """Return the files that a stream writes.

    Args:
        patterns: For each option the name of its file, in which ``{name}`` stands for
            that of the stream; None: no file.
        name: The stream's.
        num_streams: Of the whole run.

    Raises:
        ValueError: There are several streams and no ``{name}``.
    """
    files: list[Path | None] = []
    for option, pattern in patterns.items():
        path = None if pattern is None else Path(pattern)
        if path is None:
            files.append(None)
            continue
        if num_streams > 1 and PLACE not in str(path):
            example = path.with_name(f"{PLACE}{path.suffix}")
            raise ValueError(
                f"{option} {path} is one file for {num_streams} sources: write {PLACE} "
                f"where the name of each goes, for instance {option} '{example}'"
            )
        files.append(Path(str(path).replace(PLACE, name)))
    return files
