"""The command ``stal``: every script of ``tools/`` as a sub-command.

``stal train CONFIG`` does what ``python tools/train.py CONFIG`` does in a checkout.
Only the standard library is imported before a tool is chosen, so that ``stal --help``
and ``stal doctor`` also work where torch is missing or broken.
"""

import argparse
import ast
import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import stal_plugin
from stal_plugin.engine.shipped_files import config_names, shipped_folder

_BASH_COMPLETION = """\
_stal() {{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    local names="{tools}"
    ((COMP_CWORD == 1)) || names="{configs}"
    COMPREPLY=($(compgen -W "$names" -- "$word"))
    ((COMP_CWORD == 1)) || COMPREPLY+=($(compgen -f -- "$word"))
}}
complete -o filenames -F _stal stal
"""
_ZSH_COMPLETION = "autoload -Uz bashcompinit && bashcompinit\n" + _BASH_COMPLETION


def find_tools() -> dict[str, Path]:
    """Return the sub-commands, sorted: name, as typed, to script."""
    folder = shipped_folder("tools")
    tools = {
        path.stem.replace("_", "-"): path
        for pattern in ("*.sh", "*.py", "analysis/*.py", "dataset_converters/*.py")
        for path in folder.glob(pattern)
        if _is_tool(path)
    }
    return dict(sorted(tools.items()))


def _is_tool(path: Path) -> bool:
    """Tell scripts from modules, and from those that only point to a new name."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sh":
        return not text.splitlines()[1].startswith("# Used by ")
    return "\ndef main(" in text and not text.startswith('"""Old name of ')


def summary(script: Path) -> str:
    """Return what a script does: the first line of its docstring or comment.

    Without its end, where that says how the script is called.
    """
    text = script.read_text(encoding="utf-8")
    if script.suffix == ".sh":
        line = text.splitlines()[1].lstrip("# ")
    else:
        line = (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    return re.sub(r"(: (python tools/)?\w+\.py .*|:|(?<!\.)\.)$", "", line)


def completion(shell: str, tools: Mapping[str, Path]) -> str:
    """Return a script for ``eval`` that completes tools, configs and files.

    Args:
        shell: ``'bash'`` or ``'zsh'``.
        tools: Sub-commands.
    """
    template = _ZSH_COMPLETION if shell == "zsh" else _BASH_COMPLETION
    return template.format(tools=" ".join(tools), configs=" ".join(config_names()))


def run_tool(name: str, script: Path, arguments: Sequence[str]) -> int | str | None:
    """Run a script of ``tools/`` as if it had been started itself.

    Args:
        name: Sub-command; the tool's messages call it ``stal NAME``.
        script: Its file.
        arguments: What follows the sub-command.

    Returns:
        What ``sys.exit`` takes.
    """
    if script.suffix == ".sh":
        os.environ.setdefault("PYTHON", sys.executable)
        os.execvp("bash", ["bash", str(script), *arguments])
    sys.path.insert(0, str(script.parent))  # as Python does for a script
    sys.argv = [f"stal {name}", *arguments]
    return importlib.import_module(script.stem).main()


def main() -> None:
    """Choose the tool by the first argument, and hand it the others."""
    tools = find_tools()
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in tools:
        sys.exit(run_tool(name, tools[name], arguments))
    args = _parse_args(tools)
    if args.completion:
        print(completion(args.completion, tools))  # noqa: T201


def _parse_args(tools: Mapping[str, Path]) -> argparse.Namespace:
    width = max(map(len, tools))
    lines = [f"  {name:{width}}  {summary(path)}" for name, path in tools.items()]
    parser = argparse.ArgumentParser(
        "stal",
        description="Spatiotemporal action localization. Tools:\n\n" + "\n".join(lines),
        epilog="stal TOOL --help tells its arguments. A CONFIG that is no file is one "
        "of the\ninstalled ones: stal train mini/yowo-fpn_agot",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="stal [-h] [--version] [--completion {bash,zsh}] TOOL ...",
    )
    parser.add_argument("--version", action="version", version=stal_plugin.__version__)
    parser.add_argument(
        "--completion",
        choices=["bash", "zsh"],
        help='print a completion script: eval "$(stal --completion bash)"',
    )
    parser.add_argument("tool", nargs="?", choices=tools, help=argparse.SUPPRESS)
    return parser.parse_args(sys.argv[1:] or ["--help"])
