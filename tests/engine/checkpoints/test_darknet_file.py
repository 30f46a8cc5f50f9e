import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.engine.checkpoints.darknet import read_darknet_file


@pytest.mark.parametrize(
    ("version", "header"),
    [((0, 1, 0), 16), ((0, 2, 0), 20), ((0, 2, 5), 20), ((1, 0, 0), 20)],
)
def test_header_versions(write_darknet: Callable, version: tuple, header: int) -> None:
    values = np.float32([1.5, -2, 3])
    path = write_darknet(values, version, seen=32_013_312)
    assert path.stat().st_size == header + 12
    file = read_darknet_file(path)
    assert file.version == version
    assert file.seen == 32_013_312
    np.testing.assert_array_equal(file.values, values)


def test_a_64_bit_counter_is_read_whole(write_darknet: Callable) -> None:
    path = write_darknet(np.ones(2), (0, 2, 0), seen=2**40 + 7)
    assert read_darknet_file(path).seen == 2**40 + 7


def test_a_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.weights"
    path.write_bytes(struct.pack("<iiiq", 0, 2, 0, 1) + b"\0" * 7)
    with pytest.raises(ValueError, match=r"\(27 bytes\).* leaves 7 bytes, no multiple"):
        read_darknet_file(path)
    path.write_bytes(b"\0" * 9)
    with pytest.raises(ValueError, match=r"\(9 bytes\).*the header alone has 16"):
        read_darknet_file(path)
    path.write_bytes(struct.pack("<iii", 0, 2, 0) + b"\0" * 4)
    with pytest.raises(ValueError, match="no Darknet weight file, or was cut off"):
        read_darknet_file(path)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    path.write_bytes(b"PK\3\4" * 8)
    with pytest.raises(ValueError, match="its version would be 67324752"):
        read_darknet_file(path)
    with pytest.raises(FileNotFoundError, match="'none' does not exist"):
        read_darknet_file("none")
