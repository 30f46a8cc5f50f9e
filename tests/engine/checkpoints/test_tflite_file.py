import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tflite")

from fixtures.tflite_writer import TFLiteWriter

from stal_plugin.engine.checkpoints.tflite_file import TFLiteConstant, read_tflite


@pytest.fixture
def read(tmp_path: Path) -> Callable:
    def read(content: bytes) -> list:
        (tmp_path / "net.tflite").write_bytes(content)
        return read_tflite(tmp_path / "net.tflite")[0]

    return read


def test_operators_in_order_with_their_constants(read: Callable) -> None:
    writer = TFLiteWriter()
    image = writer.tensor("image")
    stored = np.arange(24, dtype=np.int8).reshape(4, 1, 2, 3)
    weight = writer.tensor("w", stored, [0.5, 1, 2, 4])
    bias = writer.tensor("b", np.float32([1, 2, 3, 4]))
    first = writer.operator("CONV_2D", [image, weight, bias], "y", relu6=True)
    half = writer.tensor("h", np.float16([0.25, -2]))
    unpacked = writer.operator("DEQUANTIZE", [half], "h32")
    writer.operator("MUL", [first, unpacked], "z")
    conv, dequantise, mul = read(writer.content())
    assert (conv.kind, conv.output, conv.has_relu6) == ("CONV_2D", "y", True)
    assert sorted(conv.constants) == [1, 2]
    scales = np.float32([0.5, 1, 2, 4])[:, None, None, None]
    np.testing.assert_array_equal(conv.constants[1].values(), stored * scales)
    np.testing.assert_array_equal(conv.constants[2].values(), [1, 2, 3, 4])
    assert (dequantise.kind, mul.kind) == ("DEQUANTIZE", "MUL")
    assert not mul.has_relu6
    np.testing.assert_array_equal(mul.constants[1].values(), [0.25, -2])


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_a_relu6_that_is_a_part_of_a_layer(kind: str, read: Callable) -> None:
    writer = TFLiteWriter()
    image = writer.tensor("image")
    weight = writer.tensor("w", np.ones((1, 1, 1, 3), np.float32))
    for relu6 in (True, False):
        writer.operator(kind, [image, weight], f"y{relu6}", relu6=relu6)
    assert [o.has_relu6 for o in read(writer.content())] == [True, False]


def test_zero_points_and_scales_along_an_axis() -> None:
    raw, zero = np.int8([1, 2, 3, 4, 5, 6]), np.array([1, 0, -1])
    constant = TFLiteConstant("f", "n", (2, 3), raw, np.float32([1, 10, 100]), zero, 1)
    assert constant.values().tolist() == [[0, 20, 400], [3, 50, 700]]
    assert constant.values().dtype == np.float32


def test_what_is_no_tflite_file(tmp_path: Path, read: Callable) -> None:
    with pytest.raises(FileNotFoundError, match=r"'none\.tflite' does not exist"):
        read_tflite("none.tflite")
    with pytest.raises(ValueError, match=r"\(9 bytes\).*bytes 5 to 8 are b'4567', not"):
        read(b"012345678")
    with pytest.raises(ValueError, match=r"\(0 bytes\) is no TFLite file"):
        read(b"")
    with pytest.raises(ValueError, match=r"is damaged: .*Download it again"):
        read(b"\xff\xff\xff\x7fTFL3" + bytes(40))
    with (tmp_path / "large.tflite").open("wb") as file:
        file.truncate(2**28)  # takes no space
    with pytest.raises(ValueError, match="the most is 134,217,728 bytes"):
        read_tflite(tmp_path / "large.tflite")


def test_a_shape_must_fit_its_bytes(read: Callable) -> None:
    writer = TFLiteWriter()
    stored = np.zeros((3, 7, 11, 13), np.float32)
    writer.operator("MUL", [writer.tensor("w", stored)], "y")
    content = writer.content()
    shape = np.int32([3, 7, 11, 13]).tobytes()
    assert content.count(shape) == 1
    huge = content.replace(shape, np.int32([2**30, 2**30, 11, 13]).tobytes())
    with pytest.raises(ValueError, match=r"tensor 'w' \(1073741824, .*has 12012 bytes"):
        read(huge)


def test_a_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, read: Callable
) -> None:
    monkeypatch.setitem(sys.modules, "tflite", None)
    with pytest.raises(ImportError, match="pip install tflite"):
        read(b"\x10\0\0\0TFL3" + bytes(40))
