"""Do what a page says, in a copy of the repository."""

import os
import re
import shlex
import shutil
from pathlib import Path

from fixtures.tool_server import ToolServer

from .pages import ROOT, code_blocks, expand_braces

_ROOMS = ("stal_plugin", "configs", "tools", "tests", "docs")
_FILES = ("pyproject.toml", "setup.py", "README.md", "Makefile")
_ONE_EPOCH = (
    "train_cfg.max_epochs=1 train_cfg.val_interval=1 "
    "{train,val}_dataloader.num_workers=0 "
    "{train,val}_dataloader.persistent_workers=False"
)


def copy_repository(folder: Path) -> Path:
    """Copy what a checkout has, without data and environment.

    Compiled modules come along: they are of the sources' time, which is copied, too.
    """
    being_written = shutil.ignore_patterns("*.pyc.*")
    for room in _ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=being_written)
    for name in _FILES:
        shutil.copy(ROOT / name, folder)
    return folder


def write_files(page: Path, folder: Path) -> list[str]:
    """Write the files of a page, and make its changes of files that are there.

    A block begins with a comment that names its file.

    Returns:
        The names of the files.
    """
    blocks = [
        (text, False)
        for language in ("python", "csv")
        for text in code_blocks(page, language)
    ]
    blocks += [(text, True) for text in code_blocks(page, "diff")]
    names = []
    for text, is_change in blocks:
        name, content = re.fullmatch(r"# (\S+)\n(.*)", text, re.DOTALL).groups()
        path = folder / name
        if is_change:
            content = _changed(path.read_text(encoding="utf-8"), content)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        names.append(name)
    return names


def _changed(text: str, change: str) -> str:
    """Insert the lines with '+' of each hunk between the lines without."""
    for hunk in re.split(r"^@@.*\n", change, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line.startswith(" "))
        after = "".join(line[1:] for line in lines)
        assert text.count(before) == 1, f"{before!r} is not there once"
        text = text.replace(before, after)
    return text


def short_form(command: str) -> list[str]:
    """Return the words of a command; a training lasts one epoch, without workers."""
    short = re.sub(r"epoch_\d+", "epoch_1", command)
    if "tools/train.py" in short:
        options = "" if "--cfg-options" in short else "--cfg-options "
        short += f" {options}{_ONE_EPOCH}"
    return expand_braces(shlex.split(short))


def run(command: str, folder: Path, server: ToolServer) -> str:
    """Run the short form of a command in the copy; ``python`` is ours.

    Returns:
        What it prints.
    """
    words = short_form(command)
    env = {"PYTHONPATH": str(folder)}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        env[name] = f"{value}{os.pathsep}{folder}" if name == "PYTHONPATH" else value
    assert words[0] == "python", command
    done = server.run(words[1:], folder, env)
    output = done.stdout + done.stderr
    assert done.returncode == 0, f"{command}\n{output[-3000:]}"
    return output
