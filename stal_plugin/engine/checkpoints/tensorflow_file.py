"""Variables in checkpoints of TensorFlow (``ckpt.index``, ``ckpt.data-*``), without it.

The index is a table of LevelDB: sorted keys, each with the place of a variable in the
files of data. One key holds the graph of objects, which has the variables' names. Both
are data of strangers: what is read is bounded by their size, checksums are compared,
and no path comes out of them.
"""

import math
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stal_plugin.engine.checkpoints.protobuf_fields import (
    fields_of,
    group_fields,
    read_varint,
)

_MAGIC = 0xDB4775248B80FB57.to_bytes(8, "little")
_FOOTER = 48
_GRAPH = b"_CHECKPOINTABLE_OBJECT_GRAPH"
_FLOAT = 1  # DataType
_LARGEST = 4 * 2**20  # bytes of an index; MoViNet-A2's has 50 kB


@dataclass(frozen=True)
class _Entry:
    """Where a variable lies."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int


def is_tensorflow_index(content: bytes) -> bool:
    """Tell whether a file is the index of a checkpoint."""
    return len(content) >= _FOOTER and content[-8:] == _MAGIC


def read_variables(
    path: str | Path, wanted: Callable[[str], bool]
) -> tuple[dict[str, np.ndarray], list[Path]]:
    """Read variables of float32 from a checkpoint that was written by object.

    Args:
        path: The ``.index`` file; the files of data lie beside it.
        wanted: Tells by its full name whether a variable is read; among the others
            are those of optimisers.

    Returns:
        Variables by full name, and the files that were read.

    Raises:
        FileNotFoundError: A file does not exist.
        ValueError: It is no such checkpoint, or is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"weight file '{path}' does not exist")
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"'{path}' is larger than {_LARGEST:,} bytes: no index")
    try:
        entries, shards = _entries(path.read_bytes())
        files = _files_beside(path, shards)
        variables: dict[str, np.ndarray] = {}
        for name, values in _variables(entries, files, wanted):
            if name in variables:
                raise ValueError(f"it has two variables '{name:.150}'")
            variables[name] = values
        return variables, [path, *files]
    except (IndexError, OverflowError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"'{path}' is damaged: {error}. Download it again") from error
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error


def _files_beside(path: Path, shards: int) -> list[Path]:
    """Files of data of an index."""
    stem = path.name.removesuffix(".index")
    names = [f"{stem}.data-{i:05}-of-{shards:05}" for i in range(shards)]
    files = [path.with_name(name) for name in names]
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(
                f"'{path}' has its numbers in '{file.name}', which must lie beside it "
                "and does not"
            )
    return files


def _variables(
    entries: dict[bytes, _Entry], files: list[Path], wanted: Callable[[str], bool]
) -> Iterator[tuple[str, np.ndarray]]:
    if _GRAPH not in entries:
        raise ValueError(
            "this checkpoint has no graph of objects, so that its variables have no "
            "names that are known here (it is of TensorFlow 1, or of another tool)"
        )
    graph = _string(_data(entries[_GRAPH], files))
    left = sum(file.stat().st_size for file in files)
    for name, key in _names(graph):
        if not wanted(name):
            continue
        entry = entries.get(key)
        if entry is None:
            raise ValueError(f"variable '{name:.150}' is not in the index")
        left -= entry.size
        if left < 0:
            raise ValueError("its variables are larger than its files, it is damaged")
        yield name, _array(name, entry, files)


def _array(name: str, entry: _Entry, files: list[Path]) -> np.ndarray:
    if entry.dtype != _FLOAT or entry.size != 4 * math.prod(entry.shape):
        raise ValueError(
            f"variable '{name:.150}' {entry.shape} has {entry.size} bytes of type "
            f"{entry.dtype}, but must have float32 (type {_FLOAT})"
        )
    data = _data(entry, files)
    if masked_crc32c(data) != entry.checksum:
        raise ValueError(
            f"variable '{name:.150}' has another checksum than the index says: the "
            "files are damaged, or not of one checkpoint. Download them again"
        )
    values = np.frombuffer(data, "<f4").reshape(entry.shape)
    if not np.isfinite(values).all():
        raise ValueError(f"variable '{name:.150}' has numbers that are not finite")
    return values.astype(np.float32)


def _data(entry: _Entry, files: list[Path]) -> bytes:
    file = files[entry.shard]
    if entry.offset + entry.size > file.stat().st_size:
        raise ValueError(
            f"'{file.name}' ends before byte {entry.offset + entry.size:,}, which the "
            "index names: it is cut off. Download it again"
        )
    with file.open("rb") as stream:
        stream.seek(entry.offset)
        return stream.read(entry.size)


def _string(data: bytes) -> bytes:
    """Return a single string as TensorFlow stores it: length, checksum, bytes."""
    length, start = read_varint(data, 0)
    if start + 4 + length != len(data):
        raise ValueError(f"a string of {length} bytes has {len(data) - start - 4}")
    return data[start + 4 :]


def _names(graph: bytes) -> Iterator[tuple[str, bytes]]:
    """Full names of the variables of a ``TrackableObjectGraph``, and their keys."""
    for node in (value for number, value in fields_of(graph) if number == 1):
        for attribute in group_fields(_bytes(node)).get(2, []):
            parts = group_fields(_bytes(attribute))
            if 2 in parts and 3 in parts:
                yield _bytes(parts[2][0]).decode(), _bytes(parts[3][0])


def _entries(content: bytes) -> tuple[dict[bytes, _Entry], int]:
    """Entries of an index by key, and the number of files of data."""
    if not is_tensorflow_index(content):
        raise ValueError("it is no index of a TensorFlow checkpoint, or is cut off")
    footer = content[-_FOOTER:-8]
    _, place = _handle(footer, 0)  # of the index of meta blocks
    (offset, size), _ = _handle(footer, place)
    stored: dict[bytes, bytes] = {}
    places = [_handle(handle, 0)[0] for _, handle in _block(content, offset, size)]
    if sum(length for _, length in places) > len(content):
        raise ValueError("its blocks overlap, it is damaged")
    for start, length in places:
        stored |= _block(content, start, length)
    header = group_fields(stored.pop(b"", b""))
    shards = _number(header.get(1, [1])[0])
    if header.get(2, [0])[0] != 0:
        raise ValueError("its numbers are big-endian, which is not read here")
    if not 1 <= shards <= 1000:
        raise ValueError(f"it would have {shards} files of data")
    return {key: _entry(value, shards) for key, value in stored.items()}, shards


def _entry(value: bytes, shards: int) -> _Entry:
    parts = group_fields(value)

    def number(field: int) -> int:
        return _number(parts.get(field, [0])[0])

    shape = []
    for dimension in group_fields(_bytes(parts.get(2, [b""])[0])).get(2, []):
        shape.append(_number(group_fields(_bytes(dimension)).get(1, [0])[0]))
    if number(3) >= shards or 7 in parts:
        raise ValueError("it is of a kind that is not read here (parts of variables)")
    return _Entry(number(1), tuple(shape), number(3), number(4), number(5), number(6))


def _handle(content: bytes, place: int) -> tuple[tuple[int, int], int]:
    offset, place = read_varint(content, place)
    size, place = read_varint(content, place)
    return (offset, size), place


def _block(content: bytes, offset: int, size: int) -> Iterable[tuple[bytes, bytes]]:
    """Keys and values of one block."""
    end = offset + size
    if end + 5 > len(content) or size < 4:
        raise ValueError("its blocks do not fit into it, it is damaged")
    if content[end] != 0:
        raise ValueError("its blocks are compressed, which is not read here")
    block = content[offset:end]
    if masked_crc32c(content[offset : end + 1]) != _uint32(content, end + 1):
        raise ValueError("the checksum of a block differs, it is damaged")
    place, limit = 0, size - 4 - 4 * _uint32(block, size - 4)
    key = b""
    while place < limit:
        shared, place = read_varint(block, place)
        own, place = read_varint(block, place)
        length, place = read_varint(block, place)
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def masked_crc32c(data: bytes) -> int:
    """CRC-32C of bytes, rotated and shifted as LevelDB stores it."""
    crc = 0xFFFFFFFF
    table = _CRC_TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _crc_table() -> list[int]:
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC_TABLE = _crc_table()


def _uint32(content: bytes, place: int) -> int:
    (number,) = struct.unpack_from("<I", content, place)
    return int(number)


def _number(value: int | bytes) -> int:
    if not isinstance(value, int):
        raise ValueError("a number is missing, it is damaged")
    return value


def _bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a text is missing, it is damaged")
    return value
