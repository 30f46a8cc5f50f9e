import argparse
import errno
import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from stal_plugin.annotations import read_annotation
from stal_plugin.engine.checkpoints.safe_load import load_from_local
from stal_plugin.engine.cli import (
    add_common_arguments,
    add_config_options,
    is_users_mistake,
    one_line_errors,
)


def caught(function):
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_missing_files_and_our_own_value_errors_are_the_users(tmp_path):
    assert is_users_mistake(caught((tmp_path / "no").read_text))
    bad = tmp_path / "bad.pth"
    bad.write_bytes(b"no checkpoint")
    assert is_users_mistake(caught(lambda: load_from_local(str(bad))))


@pytest.mark.parametrize(
    ("number", "users"),
    [
        (errno.ENOSPC, True),
        (errno.EROFS, True),
        (errno.EACCES, True),
        (errno.EIO, False),
    ],
)
def test_a_full_or_read_only_disk_is_told_in_one_line(number, users):
    error = OSError(number, os.strerror(number), "out.csv")
    assert is_users_mistake(error) == users


def test_other_errors_are_faults_of_the_program():
    def wrapping():
        try:
            int("x")
        except ValueError as error:
            raise RuntimeError from error

    assert not is_users_mistake(caught(lambda: int("x")))  # not raised by us
    assert not is_users_mistake(caught(wrapping))
    assert not is_users_mistake(caught(lambda: 1 / 0))


def test_a_missing_package_is_the_users_if_its_command_is_told():
    def refuse():
        raise ImportError("this needs the package x: pip install -e .[x]")

    assert is_users_mistake(caught(refuse))
    assert not is_users_mistake(caught(lambda: __import__("no_such_package")))


def run(monkeypatch, error, *arguments):
    monkeypatch.setattr(sys, "argv", ["train.py", *arguments])

    @one_line_errors
    def main():
        raise error

    main()


def test_a_mistake_is_one_line_and_status_1(monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, FileNotFoundError("no such thing"))
    assert stop.value.code == 1
    assert capsys.readouterr().err == "Error: no such thing\n"


def test_debug_shows_the_traceback(monkeypatch):
    with pytest.raises(FileNotFoundError):
        run(monkeypatch, FileNotFoundError("no such thing"), "--debug")


def test_other_errors_keep_their_traceback(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        run(monkeypatch, ZeroDivisionError())


def test_ctrl_c_says_how_to_go_on(monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, KeyboardInterrupt())
    assert stop.value.code == 130
    assert "--resume" in capsys.readouterr().err


def test_ctrl_c_promises_nothing_where_there_is_no_resume(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["eval_csv.py"])
    with pytest.raises(SystemExit):
        one_line_errors(_interrupt)()
    assert capsys.readouterr().err == "\nInterrupted.\n"


def test_ctrl_c_before_the_work_begins(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(warnings, "filterwarnings", interrupted)
    monkeypatch.setattr(sys, "argv", ["tool.py"])
    with pytest.raises(SystemExit) as end:
        one_line_errors(lambda: 0)()
    assert end.value.code == 130
    assert capsys.readouterr().err.startswith("\nInterrupted.")


TOOLS = Path(__file__).parents[2] / "tools"
FORWARDING = ("benchmark_metric.py", "model_info.py", "paper_tables.py", "tubes_pkl.py")


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(TOOLS.rglob("*.py"))
        if "__main__" in path.read_text() and path.name != "doctor.py"
    ],
    ids=lambda path: path.stem,
)
def test_every_tool_ends_in_the_one_way(path):
    forwards = path.name in FORWARDING and path.parent.name != "analysis"
    assert ("\n@one_line_errors\ndef main(" in path.read_text()) is not forwards


def _interrupt():
    raise KeyboardInterrupt


def test_a_reader_that_has_enough_ends_the_program_quietly():
    code = (
        "from stal_plugin.engine.cli import one_line_errors\n"
        "one_line_errors(lambda: [print('x' * 99) for _ in range(5000)])()\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "x" * 99 + "\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


def test_a_main_may_return_a_status():
    one_line_errors(lambda: 0)()
    with pytest.raises(SystemExit) as stop:
        one_line_errors(lambda: 3)()
    assert stop.value.code == 3


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOSPC, "No space left", "o.csv"), "o.csv: No space left"),
        (MemoryError("Unable to allocate 9 GiB"), "not enough memory: Unable to all"),
        (
            FileNotFoundError("rtsp://a:SEC@cam/1 is missing"),
            "rtsp://a:***@cam/1 is missing",
        ),
    ],
)
def test_file_and_cause_but_no_password(monkeypatch, capsys, error, line):
    with pytest.raises(SystemExit):
        run(monkeypatch, error)
    assert capsys.readouterr().err.startswith(f"Error: {line}")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_names_the_file_that_is_written(monkeypatch, capsys):
    def write():
        with open("/dev/full", "w") as file:
            file.write("text" * 99999)

    monkeypatch.setattr(sys, "argv", ["data.py"])
    with pytest.raises(SystemExit):
        one_line_errors(write)()
    assert capsys.readouterr().err == "Error: /dev/full: No space left on device\n"


def test_a_file_that_is_nested_too_deeply(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["data.py"])
    with pytest.raises(SystemExit) as stop:
        one_line_errors(lambda: json.loads("[" * 10**5))()
    assert stop.value.code == 1
    line = "Error: the input is nested too deeply to be read\n"
    assert capsys.readouterr().err == line


def test_what_a_parser_says_about_an_annotation_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert is_users_mistake(caught(lambda: read_annotation(path)))


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_sigterm_unwinds_and_ends_in_143(tmp_path):
    code = (
        "import os, signal, sys\n"
        "from stal_plugin.files.atomic_file import atomic_file\n"
        "from stal_plugin.engine.cli import one_line_errors\n"
        "@one_line_errors\n"
        "def main():\n"
        "    with atomic_file(sys.argv[1]) as part:\n"
        "        part.write_text('half')\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        signal.pause()\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.csv")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (143, "\nTerminated.\n")
    assert not list(tmp_path.iterdir())


def test_the_handler_of_sigterm_is_restored():
    before = signal.getsignal(signal.SIGTERM)
    one_line_errors(lambda: None)()
    assert signal.getsignal(signal.SIGTERM) is before


def test_common_arguments():
    parser = argparse.ArgumentParser()
    add_common_arguments(parser)
    args = parser.parse_args(
        ["--cfg-options", "a.b=2", "c=(1,2)", "--launcher", "slurm", "--local-rank=3"]
    )
    assert args.cfg_options == {"a.b": 2, "c": (1, 2)}
    assert args.launcher == "slurm"
    assert args.work_dir is None
    assert not args.trust_checkpoint


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("seed", "'seed' is not KEY=VALUE"),
        ("a=(1,", "Imbalanced brackets exist in (1,"),
    ],
)
def test_options_that_cannot_be_read_are_told(option, reason, capsys):
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    assert parser.parse_args([]).cfg_options == {}
    with pytest.raises(SystemExit):
        parser.parse_args(["--cfg-options", option])
    assert f"argument --cfg-options: {reason}" in capsys.readouterr().err


@pytest.mark.parametrize(("debug", "expected"), [(False, ["ours"]), (True, None)])
def test_warnings_of_host_packages_are_passed_over(monkeypatch, debug, expected):
    monkeypatch.setattr("sys.argv", ["tool", *["--debug"] * debug])

    @one_line_errors
    def main():
        for module, text in (("mmdet.models.x", "old name"), ("own", "ours")):
            place = {"filename": "x.py", "lineno": 1, "module": module}
            warnings.warn_explicit(text, FutureWarning, **place)
        warnings.warn("torch.meshgrid: in an upcoming release", stacklevel=1)

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        main()
    every = ["old name", "ours", "torch.meshgrid: in an upcoming release"]
    assert [str(w.message) for w in found] == (expected or every)
