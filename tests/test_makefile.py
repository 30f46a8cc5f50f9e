"""What ``make`` runs; which build of torch it takes, with ``echo`` for pip."""

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HAS_DRIVER = Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi")
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="no make")
without_driver = pytest.mark.skipif(
    bool(HAS_DRIVER) or sys.platform != "linux", reason="takes PyPI's torch here"
)


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., list[str]]:
    """Run ``make install`` in a folder of its own; return what it prints."""
    for name in ("Makefile", "setup.py", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "python").write_text(
        f'#!/bin/sh\n[ "$2" != venv ] || exec {sys.executable} "$@" --without-pip\n'
        f'exec {sys.executable} "$@"\n'
    )
    (tmp_path / "python").chmod(0o755)

    def run(**options: str) -> list[str]:
        options = {"PYTHON": "./python", "PIP_INSTALL": "echo PIP", **options}
        arguments = [f"{name}={value}" for name, value in options.items()]
        made = subprocess.run(
            ["make", "--silent", "install", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.splitlines()

    return run


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """Address of a server with a folder ``torch``."""
    (tmp_path / "index" / "torch").mkdir(parents=True)
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "index")
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _torch_lines(lines: list[str]) -> list[str]:
    return [line for line in lines if line.endswith("torch")]


@without_driver
def test_without_a_driver_the_cpu_build_if_its_index_answers(
    install: Callable, index: str
) -> None:
    lines = install(CPU_INDEX=index)
    assert f"== No NVIDIA driver: torch for the CPU, from {index}" in lines
    assert _torch_lines(lines) == [f"PIP --no-deps --index-url {index} torch"]
    assert "PIP -e .[lite,dev,export,live,convert]" in lines


@without_driver
def test_pypi_if_the_index_does_not_answer(install: Callable) -> None:
    lines = install(CPU_INDEX="http://127.0.0.1:9")
    (line,) = [line for line in lines if line.startswith("== No NVIDIA driver, but ")]
    assert line.endswith("does not answer: torch from PyPI")
    assert not any("--index-url" in line for line in lines)
    assert "PIP -e .[lite,dev,export,live,convert]" in lines


def test_an_index_of_the_users_choice_comes_first(install: Callable) -> None:
    lines = install(TORCH_INDEX="http://other/cu130", CPU_INDEX="http://127.0.0.1:9")
    assert _torch_lines(lines) == ["PIP --no-deps --index-url http://other/cu130 torch"]
    assert not any("NVIDIA" in line for line in lines)


def test_validation_data_are_made_of_the_mini_stand_in(tmp_path: Path) -> None:
    """Of its training part alone; what was there before is no part of them."""
    for name in ("Makefile", "setup.py", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    made = subprocess.run(
        ["make", "--dry-run", "standin-val"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    # called by `make test`, make also says which folder it enters and leaves
    lines = [li for li in made.stdout.splitlines() if not li.startswith("make")]
    *before, remove, split = lines
    assert "tools/dataset_converters/agot.py" in before[-1]
    assert remove == "rm -rf data/agot-mini-val"
    assert split == (
        ".venv/bin/python tools/data.py split data/agot-mini --of train "
        "--out data/agot-mini-val --by video --ratio 3:1"
    )
    assert (
        "standin-val"
        in subprocess.run(
            ["make", "help"], cwd=tmp_path, capture_output=True, text=True
        ).stdout
    )


@pytest.mark.parametrize(
    ("target", "raw"),
    [("standin-mini", "agot-mini/raw"), ("standin-jhmdb", "jhmdb-mini/raw")],
)
def test_footage_that_was_not_drawn_to_the_end_is_drawn_again(
    tmp_path: Path, target: str, raw: str
) -> None:
    """After kill -9 while it was drawn; the same command goes on after a conversion."""
    for name in ("Makefile", "setup.py", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)

    def commands() -> list[str]:
        made = subprocess.run(
            ["make", "--dry-run", "-o", ".venv/.installed", target],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line for line in made.stdout.splitlines() if "converters" in line]
        return [line.split("/")[4].split()[0] for line in lines]

    tool = "agot.py" if "agot" in raw else "jhmdb.py"
    folder = tmp_path / "data" / raw
    folder.mkdir(parents=True)
    (folder / "annotations.xml").touch()
    (folder / "standin.unfinished").touch()
    assert commands() == [f"synthesize_{tool}", tool]
    (folder / "standin.json").touch()
    assert commands() == [tool]
    done = folder.parent / ("" if "agot" in raw else "split3") / "annotations.csv"
    done.parent.mkdir(exist_ok=True)
    done.touch()
    assert commands() == []


def test_conversions_of_make_replace_what_is_out_of_date() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    tools = ("dataset_converters/agot.py", "dataset_converters/jhmdb.py")
    lines = [line for line in lines if any(tool in line for tool in tools)]
    assert len(lines) == 4
    assert all(line.endswith(" --overwrite") for line in lines)
