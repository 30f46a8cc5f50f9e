import sys
from pathlib import Path

import numpy as np
import pytest
from analysis import pooled_confusion as tool

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun


def test_runs_are_added_up(make_tested_run, monkeypatch, capsys, tmp_path: Path):
    runs = [make_tested_run("a_agot", right=5), make_tested_run("b_agot", right=8)]
    matrix = tool.pooled_confusion([EvaluatedRun.read(run) for run in runs])
    # 8 boxes of each class in a run; three of the first are missed in one of them
    assert matrix.tolist() == [[13, 0, 0, 3], [0, 16, 0, 0], [0] * 4, [0] * 4]
    monkeypatch.setattr("sys.argv", ["", *map(str, runs), "--plot", "c.png"])
    monkeypatch.chdir(tmp_path)
    tool.main()
    text = (
        "32 boxes: 29 named rightly, 0 wrongly, 3 not located; 0 candidates on nobody"
    )
    assert capsys.readouterr().out == text + "\n"
    assert Path("c.png").read_bytes().startswith(b"\x89PNG")


def test_most_frequent_mistakes_in_words():
    matrix = np.array([[5, 3, 1], [7, 2, 0], [4, 0, 0]])
    assert tool.confusion_lines(matrix, ["run", "skip"]) == [
        "18 boxes: 7 named rightly, 10 wrongly, 1 not located; 4 candidates on nobody",
        "skip taken for run: 7",
        "run taken for skip: 3",
    ]


def test_no_input_is_overwritten(make_tested_run, monkeypatch, capsys, exit_status):
    run = make_tested_run()
    csv = run / "predictions.csv"
    before = csv.read_bytes()
    monkeypatch.setattr(sys, "argv", ["", str(run), "--overwrite", "--plot", str(csv)])
    assert exit_status(tool.main) == 1
    assert "predictions.csv" in capsys.readouterr().err
    assert csv.read_bytes() == before


def test_other_classes_are_refused(make_tested_run):
    first = EvaluatedRun.read(make_tested_run())
    other = EvaluatedRun.read(first.work_dir)
    other.annotation.classes[0] = "sideways"
    with pytest.raises(ValueError, match="has other classes than"):
        tool.pooled_confusion([first, other])
