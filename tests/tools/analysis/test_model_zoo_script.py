from pathlib import Path

import pytest
from analysis.model_zoo import BEGIN, END

CONFIG = Path(__file__).resolve().parents[3] / "configs/mini/yowo_agot.py"


def test_table_of_a_config(run_tool):
    result = run_tool("analysis/model_zoo.py", CONFIG)
    assert result.returncode == 0, result.stderr
    cells = [cell.strip() for cell in result.stdout.splitlines()[-1].split("|")]
    assert cells[1:7] == [
        "`yowo_agot`",
        "CPU-size child of yowo_agot.py: UCF101-24 anchors.",
        *("8 x 112 x 112", "5.63 M", "0.39 G", "no"),
    ]


def test_tables_of_a_document_are_written_anew(run_tool, tmp_path):
    path = tmp_path / "zoo.md"
    path.write_text(f"head\n{BEGIN}\nold\n{END}\n")
    (tmp_path / "runs").mkdir()
    result = run_tool("analysis/model_zoo.py", CONFIG, "--runs", "runs", "--into", path)
    assert result.stdout.strip() == f"1 configs, 0 runs -> {path}"
    text = path.read_text()
    assert text.startswith("head\n")
    assert "| `yowo_agot` |" in text
    assert "old" not in text
    wrong = run_tool("analysis/model_zoo.py", CONFIG, "--runs", "absent")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("Error: 'absent' does not exist. Give the folders")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("paper_tables", "paper_tables"),
        ("model_info", "model_zoo"),
        ("benchmark_metric", "benchmark_metric"),
    ],
)
def test_old_names_forward_to_the_new_ones(run_tool, old, new):
    result = run_tool(f"{old}.py", "--help")
    assert result.returncode == 0
    assert result.stderr.strip() == f"This is now tools/analysis/{new}.py"
    expected = run_tool(f"analysis/{new}.py", "--help").stdout
    assert result.stdout.split("\n\n", 1)[1] == expected.split("\n\n", 1)[1]
