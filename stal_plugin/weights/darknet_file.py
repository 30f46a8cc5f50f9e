"""Weight files of the Darknet framework: a header and float32 numbers."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_OLDEST_WIDE = 2  # major * 10 + minor from which the image counter has 64 bits
_SMALLEST = 16  # header of the oldest versions, bytes
_MOST = 1000  # Darknet's own bound for sensible version numbers


@dataclass(frozen=True)
class DarknetFile:
    """Contents of a ``.weights`` file.

    Args:
        version: major, minor, revision.
        seen: Number of images that the network was trained on.
        values: ``(N,)`` float32, all parameters in the order of the layers.
    """

    version: tuple[int, int, int]
    seen: int
    values: np.ndarray


def read_darknet_file(path: str | Path) -> DarknetFile:
    """Read a ``.weights`` file, or a part of one such as ``darknet53.conv.74``.

    The header is three int32 (major, minor, revision) and the number of images seen:
    int64 if ``major * 10 + minor >= 2``, else int32. All is little-endian.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no weight file, or it was cut off.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"weight file '{path}' does not exist")
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < _SMALLEST:
            problem = f"the header alone has {_SMALLEST} bytes"
            raise ValueError(_damaged(path, size, problem))
        major, minor, revision = struct.unpack("<iii", file.read(12))
        if not (0 <= major < _MOST and 0 <= minor < _MOST):
            problem = f"its version would be {major}.{minor}.{revision}"
            raise ValueError(_damaged(path, size, problem))
        kind = "<i8" if major * 10 + minor >= _OLDEST_WIDE else "<i4"
        counter = file.read(np.dtype(kind).itemsize)
        rest = size - 12 - np.dtype(kind).itemsize
        if rest < 0 or rest % 4:
            problem = f"a header of version {major}.{minor} leaves {rest} bytes"
            raise ValueError(_damaged(path, size, f"{problem}, no multiple of 4"))
        values = np.fromfile(file, "<f4")
    return DarknetFile(
        (major, minor, revision), int(np.frombuffer(counter, kind)[0]), values
    )


def _damaged(path: Path, size: int, problem: str) -> str:
    return (
        f"'{path}' ({size} bytes) is no Darknet weight file, or was cut off: "
        f"{problem}. Download it again"
    )
