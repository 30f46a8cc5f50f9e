"""Variables of TensorFlow's checkpoints, on files that the tests write."""

import random
from pathlib import Path

import numpy as np
import pytest
from fixtures.tensorflow_writer import GRAPH, formula, table, write_checkpoint

from stal_plugin.engine.checkpoints.tensorflow_file import (
    is_tensorflow_index,
    masked_crc32c,
    read_variables,
)

SHAPES = {"stem/kernel": (3, 3, 3, 8), "stem/bn/gamma": (8,), "block/scale": ()}
SHAPES |= {f"layer{i}/conv/bias": (i + 1,) for i in range(70)}
VARIABLES = {name: formula(name, shape) for name, shape in SHAPES.items()}


def everything(name: str) -> bool:
    return True


def test_checksum_is_that_of_the_standard() -> None:
    """RFC 3720, B.4: 32 zeros have 0x8A9136AA; the mask is LevelDB's."""
    for data, crc in ((bytes(32), 0x8A9136AA), (b"123456789", 0xE3069283)):
        rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
        assert masked_crc32c(data) == (rotated + 0xA282EAD8) % 2**32


@pytest.mark.parametrize("shards", [1, 3])
def test_variables_come_back(shards: int, tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, VARIABLES, shards)
    assert is_tensorflow_index(index.read_bytes())
    read, files = read_variables(index, everything)
    assert read.keys() == VARIABLES.keys()
    for name, values in VARIABLES.items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], values.astype(np.float32))
    assert [file.name for file in files] == [
        "ckpt-1.index",
        *(f"ckpt-1.data-{i:05}-of-{shards:05}" for i in range(shards)),
    ]
    some, _ = read_variables(index, lambda name: name.startswith("stem/"))
    assert some.keys() == {"stem/kernel", "stem/bn/gamma"}


def test_changed_and_cut_data(tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, VARIABLES)
    file = tmp_path / "ckpt-1.data-00000-of-00001"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    message = r"ckpt-1.index': variable 'stem/kernel' has another checksum"
    with pytest.raises(ValueError, match=message):
        read_variables(index, everything)
    file.write_bytes(content[:2000])
    with pytest.raises(ValueError, match=r"00001' ends before byte [\d,]+.*cut off"):
        read_variables(index, everything)
    file.unlink()
    with pytest.raises(FileNotFoundError, match=r"'ckpt-1\.data-00000-of-00001', w"):
        read_variables(index, everything)


def test_numbers_that_are_not_finite(tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, {"a/bias": np.array([1, np.inf])})
    with pytest.raises(ValueError, match="'a/bias' has numbers that are not finite"):
        read_variables(index, everything)


def test_other_files(tmp_path: Path) -> None:
    index = tmp_path / "other.index"
    index.write_bytes(b"text" * 20)
    with pytest.raises(ValueError, match="no index of a TensorFlow checkpoint"):
        read_variables(index, everything)
    index.write_bytes(table({b"": b"\x08\x01"}))
    (tmp_path / "other.data-00000-of-00001").write_bytes(b"")
    with pytest.raises(ValueError, match="no graph of objects"):
        read_variables(index, everything)
    index.write_bytes(table({b"": b"\x08\xff\xff\xff\x7f"}))
    with pytest.raises(ValueError, match=r"would have \d+ files of data"):
        read_variables(index, everything)
    index.write_bytes(table({b"": b"\x08\x01\x10\x01"}))
    with pytest.raises(ValueError, match="big-endian"):
        read_variables(index, everything)
    index.write_bytes(table({b"": b"\x08\x01", b"v" * 9: b"a" * 90}, repeat=50))
    with pytest.raises(ValueError, match="its blocks overlap"):
        read_variables(index, everything)
    kind_7 = b"\x08\x01\x12\x00\x3a\x00"  # a slice of a variable
    index.write_bytes(table({b"": b"\x08\x01", b"v": kind_7}))
    with pytest.raises(ValueError, match="parts of variables"):
        read_variables(index, everything)


def test_one_variable_named_often_does_not_fill_the_memory(tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, {"a/bias": np.ones(4000)})
    content = index.read_bytes()
    key = b"model/layer-0/.ATTRIBUTES/VARIABLE_VALUE"
    assert key in content
    data = tmp_path / "ckpt-1.data-00000-of-00001"
    graph = b""
    for i in range(400):
        name = f"b/{i:04}".encode()  # many names, one place
        attribute = b"\x12\x06" + name + b"\x1a" + bytes([len(key)]) + key
        node = b"\x12" + bytes([len(attribute)]) + attribute
        graph += b"\x0a" + bytes([len(node)]) + node
    length = bytes(
        [len(graph) & 127 | 128, len(graph) >> 7 & 127 | 128, len(graph) >> 14]
    )
    text = length + b"\0\0\0\0" + graph
    data.write_bytes(data.read_bytes()[:16000] + text)
    place = b"\x20\x80\x7d\x28" + _number(len(text))
    values = np.ones(4000, "<f4").tobytes()
    crc = masked_crc32c(values).to_bytes(4, "little")
    own = b"\x08\x01\x12\x05\x12\x03\x08\xa0\x1f\x28\x80\x7d\x35" + crc
    index.write_bytes(table({b"": b"\x08\x01", key: own, GRAPH: b"\x08\x07" + place}))
    with pytest.raises(ValueError, match="larger than its files"):
        read_variables(index, everything)


def test_places_beyond_every_file_and_names_given_twice(tmp_path: Path) -> None:
    index = write_checkpoint(tmp_path, {"a/bias": np.ones(1)})
    far = b"\x08\x07\x20" + b"\xff" * 9 + b"\x01\x28\x01"  # at byte 2**64 - 1
    index.write_bytes(table({b"": b"\x08\x01", GRAPH: far}))
    with pytest.raises(
        ValueError, match=r"00001' ends before byte 18,446,744,073,709,551,616,"
    ):
        read_variables(index, everything)
    index = write_checkpoint(tmp_path, {"a/bias": np.ones(1), "b/bias": np.ones(1)})
    data = tmp_path / "ckpt-1.data-00000-of-00001"
    data.write_bytes(data.read_bytes().replace(b"b/bias", b"a/bias"))
    with pytest.raises(ValueError, match="it has two variables 'a/bias'"):
        read_variables(index, everything)


def _number(value: int) -> bytes:
    return bytes([value & 127 | 128, value >> 7 & 127 | 128, value >> 14])


def test_changed_indexes_are_one_error_or_the_variables(tmp_path: Path) -> None:
    """Blocks have checksums, so that hardly anything comes through."""
    index = write_checkpoint(tmp_path, VARIABLES)
    content, draw = index.read_bytes(), random.Random(0)
    errors = []
    for _ in range(200):
        changed = bytearray(content[: draw.choice((len(content), 3000))])
        for _ in range(3):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        index.write_bytes(changed)
        try:
            read_variables(index, everything)
        except ValueError as error:
            errors.append(str(error))
    assert len(errors) > 150
    assert all("ckpt-1.index'" in error for error in errors)


def test_wrong_entries_behind_right_checksums(tmp_path: Path) -> None:
    """A stranger can make checksums right; then numbers are wrong."""
    write_checkpoint(tmp_path, VARIABLES)
    index, draw = tmp_path / "ckpt-1.index", random.Random(0)
    for _ in range(300):
        entries = {b"": b"\x08\x01"}
        for key in (GRAPH, b"a", b"b"):
            length = draw.randrange(30)
            entries[key] = b"\x08\x01" + bytes(
                draw.randrange(256) for _ in range(length)
            )
        index.write_bytes(table(entries))
        with pytest.raises(ValueError, match=r"ckpt-1.index'"):
            read_variables(index, everything)
