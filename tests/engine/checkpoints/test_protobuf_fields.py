"""Messages by the examples of the documentation of Protocol Buffers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.engine.checkpoints.protobuf_fields import (
    fields_of,
    group_fields,
    read_varint,
)


def test_numbers_and_texts_of_the_documentation() -> None:
    assert read_varint(bytes.fromhex("9601"), 0) == (150, 2)
    assert [*fields_of(bytes.fromhex("089601"))] == [(1, 150)]
    assert [*fields_of(bytes.fromhex("120774657374696e67"))] == [(2, b"testing")]
    nested = [*fields_of(bytes.fromhex("1a03089601"))]
    assert nested == [(3, b"\x08\x96\x01")]
    assert group_fields(bytes.fromhex("2001200215000000801903000000000000002001")) == {
        4: [1, 2, 1],
        2: [0x80000000],
        3: [3],
    }


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3))
def test_numbers_come_back(number: int, before: bytes) -> None:
    content, rest = before, number
    while rest > 127:
        content += bytes([rest & 127 | 128])
        rest >>= 7
    content += bytes([rest])
    assert read_varint(content, len(before)) == (number, len(content))


@pytest.mark.parametrize(
    ("message", "error", "problem"),
    [
        ("08", IndexError, "index out of range"),
        ("1205746573", IndexError, "longer than its message"),
        ("0d000000", IndexError, "longer than its message"),
        ("0b", ValueError, "of kind 3"),
        ("08ffffffffffffffffffff01", ValueError, "more than 64 bits"),
    ],
)
def test_what_is_no_message(message: str, error: type, problem: str) -> None:
    with pytest.raises(error, match=problem):
        group_fields(bytes.fromhex(message))
