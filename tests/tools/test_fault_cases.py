"""Hostile and damaged files that were met: each is one clear error, at once."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fixtures.tool_server import ToolServer

from stal_plugin.engine.shipped_files import shipped_folder

pytestmark = pytest.mark.data

Refused = Callable[..., str]


@pytest.fixture(scope="module")
def faults(shared_cases: Path) -> Path:
    folder = shared_cases.with_name("faults")
    if not folder.is_dir():
        pytest.skip("the cases of faults are not beside us")
    return folder


@pytest.fixture
def refused(tmp_path: Path, make_video: Callable, tool_server: ToolServer) -> Refused:
    """Run ``data.py``; the one line that it says, status 1."""

    def execute(*args: object) -> str:
        if not (tmp_path / "in").is_dir():
            make_video(tmp_path / "in/kitchen.mp4", count=10)
        tool = shipped_folder("tools") / "data.py"
        done = tool_server.run([tool, *args], tmp_path)
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("rror: ") == 1
        assert len(done.stderr) < 1800
        assert not (tmp_path / "o").exists()
        return done.stderr

    return execute


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("evil0", "an array has the dtype 'V8'"),
        ("fuzz-1398-segv", "another state than a plain one"),
        ("fuzz-830-4GB", "bytes are encoded as 'latint'"),
    ],
)
def test_pickles(faults: Path, refused: Refused, name: str, reason: str) -> None:
    file = faults / f"sec-pickle-numpy/{name}.pkl"
    text = refused("import", "--from", "tubes", file, "in", "--out", "o")
    assert f"{name}.pkl: " in text
    assert reason in text


# What a reader does that is led astray depends on the machine: it dies or finds trash.
ASTRAY = "reader crashes|is no readable MATLAB file|needs too much memory"


@pytest.mark.parametrize(
    ("number", "reason"), [(138, ASTRAY), (690, ASTRAY), (862, "needs too much memory")]
)
def test_matlab_files(
    faults: Path, refused: Refused, tmp_path: Path, number: int, reason: str
) -> None:
    (tmp_path / "labels.txt").write_text("wipe\nroll\nnone\n")
    file = faults / f"mat-segv/{number}.mat"
    options = ("--out", "o", "--labels", "labels.txt", "--size", "96x64")
    text = refused("import", "--from", "ucf24", file, "in", *options)
    assert f"{number}.mat " in text
    assert re.search(reason, text)


def test_a_key_twice(faults: Path, refused: Refused) -> None:
    file = faults / "json-duplicate-keys/coco.json"
    options = ("--out", "o", "--frame-base", "1")
    text = refused("import", "--from", "coco", file, "in", *options)
    assert "keys ['annotations'] are there twice" in text


@pytest.mark.parametrize(
    ("case", "file", "reason"),
    [
        ("own-csv-field", "annotations.csv", "line 11: field larger than field limit"),
        ("own-json-recursion", "annotations.json", "maximum recursion depth"),
        ("own-json-recursion", "overflow_annotations.json", "num_frames is 9999"),
    ],
)
def test_data_sets(
    faults: Path, refused: Refused, tmp_path: Path, case: str, file: str, reason: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "annotations.csv").write_text("a,1,0.1,0.1,0.5,0.5,1,0\n")
    header = '{"format": "stal_plugin annotation v1", "classes": ["a"], "videos": {}}'
    (folder / "annotations.json").write_text(header)
    target = folder / file.removeprefix("overflow_")
    target.write_bytes((faults / case / file).read_bytes())
    text = refused("split", folder)
    assert f"{target.name}" in text
    assert reason in text


def test_the_same_command_takes_a_good_file(
    tmp_path: Path, make_video: Callable, tool_server: ToolServer
) -> None:
    """So that the refusals above are about the files."""
    make_video(tmp_path / "in/kitchen.mp4", count=10)
    row = "kitchen,3," + ",".join(f"{x:.2f}" for x in np.linspace(0.1, 0.4, 4))
    (tmp_path / "a.csv").write_text(f"{row},1,0\n")
    tool = shipped_folder("tools") / "data.py"
    command = [tool, "import", "--from", "ava", "a.csv", "in"]
    options = ["--out", "o", "--unit", "frames", "--frame-base", "1"]
    done = tool_server.run([*command, *options], tmp_path)
    assert done.returncode == 0, done.stderr
