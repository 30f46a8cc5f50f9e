"""Read names of classes by number."""

import re
from os import PathLike
from pathlib import Path

_ITEM = re.compile(r"(?:item|label)\s*\{([^{}]*)\}")
_NAME = re.compile(r"\bname\s*:\s*(?:\"([^\"]*)\"|'([^']*)')")
_ID = re.compile(r"\b(?:id|label_id)\s*:\s*(\d{1,9})\b")
_NUMBERED = re.compile(r"(\d{1,9})\s*[:,]\s*(.+)")
_FIX = (
    'Write one name per line, or "1: name" lines, or AVA\'s '
    'item { name: "..." id: 1 } blocks.'
)


def read_label_list(path: str | PathLike) -> dict[int, str]:
    """Read a list of classes.

    Args:
        path: One name per line (numbered from 1), lines ``1: name``, or AVA's pbtxt.

    Returns:
        Names by number, ascending.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: There is no name in it, or a number or name is there twice.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no list of labels {path}. {_FIX}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except ValueError:
        raise ValueError(f"{path} is no text in UTF-8. {_FIX}") from None
    pairs = _blocks(text) or _lines(text)
    names = dict(pairs)
    if not pairs or len(names) < len(pairs) or len(set(names.values())) < len(pairs):
        what = "numbers or names are there twice" if pairs else "there is no name in it"
        raise ValueError(f"{path}: {what}. {_FIX}")
    return dict(sorted(names.items()))


def _blocks(text: str) -> list[tuple[int, str]]:
    found = []
    for body in _ITEM.findall(text):
        name, number = _NAME.search(body), _ID.search(body)
        if name and number:
            found.append((int(number[1]), name[1] or name[2] or ""))
    return [(number, name) for number, name in found if name]


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [_NUMBERED.fullmatch(line) for line in lines]
    if lines and all(matches):
        return [(int(m[1]), m[2].strip()) for m in matches if m]
    return list(enumerate(lines, start=1))
