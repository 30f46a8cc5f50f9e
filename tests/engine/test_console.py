import os
import subprocess
import sys
from pathlib import Path

import pytest

import stal_plugin
from stal_plugin.engine.console import completion, find_tools, summary

ROOT = Path(__file__).parents[2]
COMMAND = "from stal_plugin.engine.console import main; main()"


def stal(*arguments, options=(), **variables):
    return subprocess.run(
        [sys.executable, *options, "-c", COMMAND, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
    )


def test_every_script_is_a_sub_command():
    tools = find_tools()
    assert {"train", "test", "predict", "data", "doctor", "dist-train"} <= set(tools)
    assert "launch" not in tools  # is called by others
    scripts = [
        path
        for path in ROOT.glob("tools/**/*.py")
        if '__name__ == "__main__"' in path.read_text()
        and "Old name of" not in path.read_text()
    ]
    assert sorted(scripts) == sorted(p for p in tools.values() if p.suffix == ".py")


@pytest.mark.parametrize("name", find_tools())
def test_every_sub_command_says_what_it_does_in_one_line(name):
    text = summary(find_tools()[name])
    assert 10 < len(text) < 90
    assert ".py" not in text


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_help_lists_the_tools_without_any_package(arguments):
    result = stal(*arguments, options=["-S"])  # no site-packages
    assert result.returncode == 0, result.stderr
    for name, path in find_tools().items():
        assert f"  {name} " in result.stdout
        assert summary(path) in result.stdout


def test_version():
    assert stal("--version").stdout.strip() == stal_plugin.__version__


def test_no_such_tool():
    result = stal("trayn")
    assert result.returncode == 2
    assert "invalid choice: 'trayn'" in result.stderr


def test_a_tool_gets_the_rest_of_the_line(tool_server, tmp_path):
    result = stal("train", "--help")
    assert result.stdout.startswith("usage: stal train [-h] [--resume")
    result = tool_server.run(["-c", COMMAND, "train", "absent", "--amp"], tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: config 'absent' does not exist.")


def test_status_of_a_tool_is_that_of_the_command():
    result = stal("doctor", options=["-S"])
    assert "torch is not installed" in result.stdout
    assert result.returncode == 1


def test_shell_scripts_are_tools_too():
    result = stal("dist-train")
    assert result.returncode == 1
    assert "a number of processes was expected" in result.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [("stal tr", "train"), ("stal train mini/yowo_d", "mini/yowo_diyanchor_agot")],
)
def test_completion(line, expected):
    words = line.split()
    script = completion("bash", find_tools())
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _stal; "
    result = subprocess.run(
        ["bash", "-c", f'{script}\n{ask} echo "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
    )
    assert result.stdout.strip() == expected, result.stderr
    assert completion("zsh", find_tools()).endswith(script)


def test_completion_is_printed():
    assert stal("--completion", "bash").stdout.strip().endswith("_stal stal")
