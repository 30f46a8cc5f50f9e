"""Changes of files: what a careless tool, a full disk or an attacker leaves."""

import random
import re

_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
_NAME = re.compile(
    rb"kitchen(\.mp4)?|wipe|roll|none|person|action|frame_\d+|train|test"
)
_PAIR = re.compile(rb'"(\w+)": ?("[^"]*"|[\d.]+)')
NUMBERS = (
    *("1e309", "NaN", "Infinity", "-inf", "-1", "1e18", "9" * 26, "9" * 5000, "0", ""),
    *("1e-320", "\u0663", "1_0", "0x10", "+5", " 5 ", "2147483648"),
    *("9223372036854775807", "9223372036854775808", "-0.0", "true", "null", '"5"'),
    *("[5]", "{}", "5.5", "1e5", "10000000000"),
)
NAMES = (
    *("../../etc/passwd", "/etc/passwd", "..", ".", "", "C:\\\\Windows\\\\x", "a\\nb"),
    *("=cmd|calc!A0", "<script>alert(1)</script>", "\\u0000", "x" * 100_000, "\\ud800"),
    *("~/x", "kitchen/../kitchen", "kitchen.mp4/../../x", "none", "[red]x[/red]"),
    *("http://127.0.0.1:9/x.mp4", "%s%n", "{0.__class__}", "\u202egnp", "\uff41"),
)


def mutated(rng: random.Random, content: bytes) -> tuple[str, bytes]:
    """Change a file once or twice.

    Args:
        rng: Chooses the change.
        content: The file.

    Returns:
        What was done, and the new content.
    """
    names = [rng.choice(list(_CHANGES))]
    names += [rng.choice(list(_CHANGES))] * (rng.random() < 0.15)
    for name in names:
        content = _CHANGES[name](rng, content) if content else content
    return ", ".join(names), content


def _cut_short(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content))]


def _bytes_changed(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _bytes_missing(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.choice((1, 2, 8, 50, 300)) :]


def _part_repeated(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content))
    end = start + rng.choice((1, 8, 50, 300))
    return content[:end] + content[start:end] * rng.choice((1, 1, 5)) + content[end:]


def _bytes_added(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + rng.randbytes(rng.choice((1, 4, 30))) + content[start:]


def _parts_swapped(rng: random.Random, content: bytes) -> bytes:
    a, b = sorted((rng.randrange(len(content)), rng.randrange(len(content))))
    n = rng.choice((1, 4, 20))
    parts = content[b : b + n], content[a + n : b], content[a : a + n]
    return content[:a] + b"".join(parts) + content[b + n :]


def _numbers_changed(rng: random.Random, content: bytes) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        places = list(_NUMBER.finditer(content))
        if places:
            place = rng.choice(places)
            new = rng.choice(NUMBERS).encode()
            content = content[: place.start()] + new + content[place.end() :]
    return content


def _name_changed(rng: random.Random, content: bytes) -> bytes:
    places = list(_NAME.finditer(content))
    if not places:
        return content
    place, name = rng.choice(places), rng.choice(NAMES)
    if content.startswith(b"<"):
        name = name.replace("<", "&lt;").replace("\\n", "&#10;")
    new = name.encode("utf-8", "surrogatepass")
    if rng.random() < 0.5:
        return content.replace(place.group(), new)
    return content[: place.start()] + new + content[place.end() :]


def _other_encoding(rng: random.Random, content: bytes) -> bytes:
    text = content.decode("latin1")
    return rng.choice(
        (
            b"\xef\xbb\xbf" + content,
            text.encode("utf-16"),
            text.encode("utf-16-le"),
            b"\xff\xfe" + content,
            text.replace("wipe", "wip\xe9").encode("latin1"),
        )
    )


def _nested(rng: random.Random, content: bytes) -> bytes:
    start = rng.choice((0, rng.randrange(len(content))))
    count = rng.choice((50, 2000, 100_000))
    if not content.startswith(b"<"):
        new = rng.choice((b"[", b'{"a":', b"(", b'"')) * count
        return content[:start] + new + content[start:]
    powers = b"".join(
        b'<!ENTITY %c "%s">' % (98 + k, (b"&%c;" % (97 + k)) * 10) for k in range(12)
    )
    return rng.choice(
        (
            b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
            + powers
            + b"]>"
            + content.replace(b"wipe", b"&m;"),
            content[:start] + b"<a>" * count + content[start:],
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            + content.replace(b"wipe", b"&e;"),
            content.replace(b"<box ", b"<box " + b'x="1" ' * 2),
        )
    )


def _key_repeated(rng: random.Random, content: bytes) -> bytes:
    places = list(_PAIR.finditer(content))
    if not places:
        return content
    place = rng.choice(places)
    again = b", " + place.group().replace(b"1", b"2")
    return content[: place.end()] + again + content[place.end() :]


_CHANGES = {
    "cut short": _cut_short,
    "bytes changed": _bytes_changed,
    "bytes missing": _bytes_missing,
    "part repeated": _part_repeated,
    "bytes added": _bytes_added,
    "parts swapped": _parts_swapped,
    "numbers changed": _numbers_changed,
    "more numbers changed": _numbers_changed,
    "name changed": _name_changed,
    "other encoding": _other_encoding,
    "nested": _nested,
    "key repeated": _key_repeated,
}
