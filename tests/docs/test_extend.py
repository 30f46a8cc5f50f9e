"""docs/extend.md, followed to the letter in a copy of the repository."""

import json
from pathlib import Path

import pytest
from fixtures.tiny_data_set import write_data_set

from .pages import ROOT, command_lines
from .walk import copy_repository, run, write_files

PAGE = ROOT / "docs/extend.md"
COMMANDS = [
    line for line in command_lines(PAGE) if "tools/" in line or "pytest" in line
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy with what the page writes, and tiny data for ``make``."""
    folder = copy_repository(tmp_path_factory.mktemp("stal"))
    write_files(PAGE, folder)
    write_data_set(folder / "data/agot-mini", 8, ["train", "test"])
    return folder


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) > 6


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_page_runs(copy: Path, command: str) -> None:
    output = run(command, copy)
    if "tools/train.py" in command:
        assert "frame-mAP@0.5" in output
        (log,) = (copy / "work_dirs" / _stem(command)).glob("*/vis_data/scalars.json")
        losses = [json.loads(x)["loss"] for x in log.open() if '"loss"' in x]
        assert losses


def _stem(command: str) -> str:
    return next(
        Path(w).stem for w in command.split() if "config" in w or "my_yowo" in w
    )
