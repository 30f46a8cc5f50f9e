"""docs/add_a_head.md, followed to the letter in a copy of the repository."""

import re
import shutil
from pathlib import Path

import pytest
from fixtures.tiny_data_set import write_data_set
from fixtures.tool_server import ToolServer

from .pages import ROOT, command_lines
from .walk import copy_repository, run, write_files

PAGE = ROOT / "docs/add_a_head.md"
OUR_GUARDS = (
    "tests/configs/test_configs.py tests/tools/analysis/test_model_zoo.py "
    "-k 'my_multilabel or not trains_and_predicts'"
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy with what the page writes, and tiny data for ``make``."""
    folder = copy_repository(tmp_path_factory.mktemp("stal"))
    names = write_files(PAGE, folder)
    assert "configs/mini/cell_agot.py" in names
    data = folder / "data/agot-mini"
    write_data_set(data, 8, ["train", "test"])
    shutil.copy(data / "videos/video_test.mp4", data / "videos/c0_0026.mp4")
    return folder


@pytest.mark.slow
def test_the_commands_of_the_page_run(copy: Path, tool_server: ToolServer) -> None:
    commands = [c for c in command_lines(PAGE) if re.search("^make |python ", c)]
    assert commands.pop(0) == "make standin-mini"
    outputs = {command: run(command, copy, tool_server) for command in commands}
    printed = "".join(outputs.values())
    assert "frame-mAP@0.5" in printed
    assert (copy / "cell.onnx").is_file()
    assert (copy / "work_dirs/my_config/epoch_1.pth").is_file()


@pytest.mark.slow
def test_one_more_config_breaks_no_test_of_ours(
    copy: Path, tool_server: ToolServer
) -> None:
    said = run(
        f"python -m pytest -vv -p no:cacheprovider {OUR_GUARDS}", copy, tool_server
    )
    assert "trains_and_predicts[mini/my_multilabel" in said


@pytest.mark.slow
def test_the_page_s_files_are_as_ours(copy: Path, tool_server: ToolServer) -> None:
    """Imports, annotations, docstrings, lengths."""
    files = "stal_plugin/models/dense_heads tests/models/dense_heads configs/mini"
    run(f"python -m ruff check {files}", copy, tool_server)
    run(f"python -m ruff format --check {files}", copy, tool_server)
