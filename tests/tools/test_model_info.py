def test_table_of_a_config(run_tool):
    from pathlib import Path

    config = Path(__file__).resolve().parents[2] / "configs/mini/yowo_agot.py"
    result = run_tool("model_info.py", config)
    assert result.returncode == 0, result.stderr
    cells = result.stdout.splitlines()[-1].split("|")
    assert cells[2].strip() == "8 x 112 x 112"
    assert 2 < float(cells[3]) < 8
