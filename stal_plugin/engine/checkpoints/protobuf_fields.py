"""Fields of messages of Protocol Buffers, without their schema."""

from collections.abc import Iterator


def read_varint(content: bytes, place: int) -> tuple[int, int]:
    """Read a number of variable length; return it and the place behind it.

    Raises:
        IndexError: The content ends within it.
        ValueError: It has more than 64 bits.
    """
    number = shift = 0
    while True:
        byte = content[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
        if shift > 63:
            raise ValueError("a number has more than 64 bits, it is damaged")
    return number, place


def fields_of(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field: an integer, or bytes of a text or message.

    Raises:
        IndexError: The message ends within a field.
        ValueError: It is no message.
    """
    place = 0
    while place < len(message):
        tag, place = read_varint(message, place)
        kind = tag & 7
        if kind == 0:
            value, place = read_varint(message, place)
            yield tag >> 3, value
            continue
        if kind == 2:
            length, place = read_varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"a field is of kind {kind}, it is damaged")
        content = message[place : place + length]
        if len(content) != length:
            raise IndexError("a field is longer than its message")
        place += length
        yield tag >> 3, content if kind == 2 else int.from_bytes(content, "little")


def group_fields(message: bytes) -> dict[int, list[int | bytes]]:
    """Return all values of each field by its number, see :func:`fields_of`."""
    grouped: dict[int, list[int | bytes]] = {}
    for number, value in fields_of(message):
        grouped.setdefault(number, []).append(value)
    return grouped
