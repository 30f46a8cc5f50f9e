from analysis.paper_numbers import TABLE3


def test_no_finished_run_is_one_clear_error(run_tool, tmp_path):
    (tmp_path / "runs").mkdir()
    result = run_tool("analysis/paper_tables.py", "runs")
    assert result.returncode == 1
    assert "no finished run below runs" in result.stderr
    assert "Traceback" not in result.stderr


def test_tables_are_printed_and_written(run_tool, tmp_path):
    work_dir = tmp_path / "runs/yowo_agot"
    (work_dir / "t0/vis_data").mkdir(parents=True)
    (work_dir / "last_checkpoint").write_text("epoch_1.pth")
    (work_dir / "yowo_agot.py").write_text(
        "model = dict()\n"
        "test_dataloader = dict(dataset=dict(pipeline=[dict(clip_len=16),"
        " dict(scale=(224, 224))]))\n"
    )
    (work_dir / "t0/vis_data/scalars.json").write_text(
        '{"loss": 2.0, "iter": 10, "epoch": 1, "step": 10, "time": 2.0}\n'
    )
    (work_dir / "metrics.json").write_text(
        '{"metrics": {"frame-mAP@0.5": 0.125}, "per_class": {"Clean counter":'
        ' {"AP@0.5": 0.125}}}'
    )
    result = run_tool("analysis/paper_tables.py", "runs", "--out-dir", "tables")
    assert result.returncode == 0, result.stderr
    line = next(x for x in result.stdout.splitlines() if x.startswith("| yowo_agot"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:4] == ["yowo_agot", "16 x 224 x 224", "none", "random"]
    assert cells[4:7] == ["1", "1", "20"]
    assert cells[10] == "12.5"
    assert cells[-1] == f"{TABLE3['yowo_agot'].frame_map:g}"
    assert (tmp_path / "tables/tables.md").read_text() in result.stdout + "\n"
    assert "Clean counter,12.5,11.1" in (tmp_path / "tables/table4.csv").read_text()
    saved = run_tool("analysis/paper_tables.py", "runs", "--save", "kept/runs.json")
    assert saved.returncode == 0, saved.stderr
    again = run_tool("analysis/paper_tables.py", "kept/runs.json")
    assert again.stdout == saved.stdout == result.stdout
