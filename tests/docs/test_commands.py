"""Every command of the documents: its script exists and takes its arguments."""

import argparse
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from .pages import PAGES, ROOT, command_lines, expand_braces, tool_commands

#: Pages that write files; tests of their own do what they say and run what they wrote.
WALKED = ("add_a_head.md", "extend.md")
COMMANDS = sorted(
    {
        (page.name, tool, tuple(args), shortened)
        for page in PAGES
        if page.name not in WALKED
        for tool, args, shortened in tool_commands(page)
    }
)
each_command = pytest.mark.parametrize(("page", "tool", "args", "shortened"), COMMANDS)

USAGE = 2  # argparse's exit status for arguments that it does not take


class Parsed(BaseException):
    """The arguments were read; the tool need not go on."""


@pytest.fixture
def stop_after_parsing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopping(read: Callable) -> Callable:
        def parse_args(self, *args, **kwargs):
            read(self, *args, **kwargs)
            raise Parsed

        return parse_args

    parser = argparse.ArgumentParser
    for name in ("parse_args", "parse_intermixed_args"):
        monkeypatch.setattr(parser, name, stopping(getattr(parser, name)))
    monkeypatch.setattr(sys, "path", [*sys.path])


@each_command
@pytest.mark.usefixtures("stop_after_parsing")
def test_tool_takes_the_arguments(
    page: str,
    tool: str,
    args: tuple[str, ...],
    shortened: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    script = ROOT / tool
    assert script.is_file(), f"{page}: {tool}"
    if script.suffix == ".sh":
        return
    numbers = {"GPUS": "2", "SEED": "1"}
    monkeypatch.setattr(sys, "argv", [tool, *(numbers.get(a, a) for a in args)])
    sys.path.insert(0, str(script.parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except Parsed:
        pass
    except SystemExit as error:
        message = capsys.readouterr().err
        left_out = re.search("arguments are required|expected .* argument", message)
        if error.code == USAGE and not (shortened and left_out):
            pytest.fail(f"{page}: {tool} {' '.join(args)}: {message}")


@each_command
def test_configs_of_commands_exist(
    page: str, tool: str, args: tuple[str, ...], shortened: bool
) -> None:
    for word in args:
        if word.startswith("configs/") and not re.search(r"[A-Z]{2}", word):
            assert list(ROOT.glob(word)), f"{page}: {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_and_extras_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    for line in command_lines(page):
        if line.startswith("make "):
            for word in line.split()[1:]:
                pattern = rf"^{word.split('=')[0]}\b"
                assert re.search(pattern, makefile, re.M), f"{page.name}: {line}"
        for extra in re.findall(r"pip install .*\[(\w+)\]", line):
            assert f'"{extra}":' in setup, f"{page.name}: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_other_scripts_exist(page: Path) -> None:
    for line in command_lines(page):
        for word in expand_braces(line.split()):
            if re.match(r"(tests|tools|\.ci)/[\w/.]+$", word):
                written = page.name in WALKED
                assert written or (ROOT / word).exists(), f"{page.name}: {line}"


def test_commands_are_found() -> None:
    """Else the tests above would pass on nothing."""
    tools = {tool for _, tool, *_ in COMMANDS}
    assert len(COMMANDS) > 60
    assert {"tools/train.py", "tools/data.py", "tools/predict.py"} <= tools


@each_command
def test_overrides_name_keys_of_the_config(
    page: str, tool: str, args: tuple[str, ...], shortened: bool
) -> None:
    names = [a for a in args if a.startswith("configs/")]
    path = ROOT / (names or ["configs/mini/yowo_agot.py"])[0].replace(
        "NAME", "yowo_agot"
    )
    if "--cfg-options" not in args or not path.is_file():
        return
    config = Config.fromfile(path)
    for option in args[args.index("--cfg-options") + 1 :]:
        if "=" not in option:
            break
        part: Any = config
        for key in option.split("=")[0].split(".")[:2]:
            assert key.isdigit() or key in part, f"{page}: {option}"
            part = part[int(key)] if key.isdigit() else part[key]
