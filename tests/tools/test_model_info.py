from pathlib import Path

from analysis.model_zoo import BEGIN, END

CONFIG = Path(__file__).resolve().parents[2] / "configs/mini/yowo_agot.py"


def test_table_of_a_config(run_tool):
    result = run_tool("model_info.py", CONFIG)
    assert result.returncode == 0, result.stderr
    cells = [cell.strip() for cell in result.stdout.splitlines()[-1].split("|")]
    assert cells[1:7] == [
        "`yowo_agot`",
        "CPU-size child of yowo_agot.py: UCF101-24 anchors, focal loss.",
        *("8 x 112 x 112", "4.16 M", "0.36 G", "no"),
    ]


def test_tables_of_a_document_are_written_anew(run_tool, tmp_path):
    path = tmp_path / "zoo.md"
    path.write_text(f"head\n{BEGIN}\nold\n{END}\n")
    (tmp_path / "runs").mkdir()
    result = run_tool("model_info.py", CONFIG, "--runs", "runs", "--into", path)
    assert result.stdout.strip() == f"1 configs, 0 runs -> {path}"
    text = path.read_text()
    assert text.startswith("head\n")
    assert "| `yowo_agot` |" in text
    assert "old" not in text
    wrong = run_tool("model_info.py", CONFIG, "--runs", "absent")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("Error: 'absent' does not exist. Give the folders")
