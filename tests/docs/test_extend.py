"""docs/extend.md, followed to the letter in a copy of the repository."""

import re
import shutil
from pathlib import Path

import pytest
from fixtures.tiny_data_set import write_data_set
from fixtures.tool_server import ToolServer

from .pages import ROOT, command_lines
from .walk import copy_repository, run, write_files

PAGE = ROOT / "docs/extend.md"


@pytest.mark.slow
def test_the_commands_of_the_page_run(tmp_path: Path, tool_server: ToolServer) -> None:
    folder = copy_repository(tmp_path)
    write_files(PAGE, folder)
    data = folder / "data/agot-mini"
    write_data_set(data, 8, ["train", "test"])
    shutil.copy(data / "videos/video_test.mp4", data / "videos/c0_0026.mp4")
    commands = [c for c in command_lines(PAGE) if re.search("^make |python ", c)]
    assert commands.pop(0) == "make standin-mini"
    for command in commands:
        output = run(command, folder, tool_server)
        assert "frame-mAP@0.5" in output or "train.py" not in command, command
    trained = {path.parent.name for path in folder.glob("work_dirs/*/last_checkpoint")}
    assert trained == {
        *("my_link_config", "my_branch_config", "my_dataset_config"),
        "my_yowo",
    }
    ours = "stal_plugin/annotations tests/annotations configs"
    run(f"python -m ruff check {ours}", folder, tool_server)
    run(f"python -m ruff format --check {ours} my_project", folder, tool_server)
