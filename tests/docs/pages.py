"""Reading the documents: code blocks, commands, inline code, links."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from stal_plugin.engine.console import find_tools

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.M | re.S)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_TOOL = re.compile(r"(?:python3? )?(tools/\S+\.(?:py|sh))(.*)", re.S)


def code_blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language; '' are those that name none."""
    blocks = _FENCE.findall(page.read_text(encoding="utf-8"))
    return [text for _, name, text in blocks if name == language]


def prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def inline_code(page: Path) -> list[str]:
    """Return what stands between single backticks, each on one line."""
    return [" ".join(text.split()) for text in _INLINE.findall(prose(page))]


def links(page: Path) -> list[str]:
    """Return the targets of links and pictures."""
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


def command_lines(page: Path) -> Iterator[str]:
    """Yield each command of a page: in a block, or inline where it has arguments."""
    for block in code_blocks(page, ""):
        joined = re.sub(r"\\\n\s*", " ", block)
        joined = re.sub(r"\n {4,}(?=[\[-])", " ", joined)
        for line in joined.splitlines():
            text = line.strip().removeprefix("$ ").split(" #")[0].strip()
            if re.match(
                r"(\w+=\S+ )*(python3?|pip|make|git|source|pre-commit|tools/|stal) ?",
                text,
            ):
                yield text
    for text in inline_code(page):
        if re.match(r"(python3?|make|pip|stal) \S|tools/\S+ \S", text):
            yield text


def tool_commands(page: Path) -> Iterator[tuple[str, list[str], bool]]:
    """Yield script, arguments and whether some are left out, of commands of a page.

    A mention such as ``tools/test.py --out`` and a command with ``...`` leave out.
    """
    for line in command_lines(page):
        for text in re.split(r"(?:^|\s)(?:\w+=\S+\s+)*(?=python3? tools/)", line):
            command = _TOOL.match(as_script(text.strip()))
            if command:
                shortened = "..." in text or text.startswith("tools/")
                yield command[1], arguments(command[2]), shortened


def as_script(command: str) -> str:
    """Return ``stal TOOL ...`` as ``python tools/TOOL.py ...``."""
    name, _, rest = command.removeprefix("stal ").partition(" ")
    if name.startswith("-") or not command.startswith("stal "):
        return command
    return f"python {find_tools()[name].relative_to(ROOT)} {rest}"


def arguments(text: str) -> list[str]:
    """Split arguments; options in brackets are given, of ``a|b`` the first is taken."""
    text = text.replace("...", "")
    text = re.sub(r"[\[\]]", " ", text)
    text = re.sub(r"(?<=\w)\|[\w|]+", "", text)
    return expand_braces(shlex.split(text))


@cache
def _bash(word: str) -> tuple[str, ...]:
    done = subprocess.run(
        ["bash", "-f", "-c", f"printf '%s\\n' {word}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(done.stdout.split())


def expand_braces(words: list[str]) -> list[str]:
    """Expand ``{a,b}`` as bash does, and nothing else."""
    safe = re.compile(r"[\w./={},:*@+-]+")
    return [
        part
        for word in words
        for part in (_bash(word) if "{" in word and safe.fullmatch(word) else [word])
    ]
