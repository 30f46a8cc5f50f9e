import json

import numpy as np
import pytest

from stal_plugin.visualization.reports import score_parts
from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.paper_numbers import TABLE3
from stal_plugin.visualization.reports.report_part import MissingDataError
from stal_plugin.visualization.reports.score_parts import (
    class_part,
    confusion_part,
    curves_part,
    errors_part,
    frequency_order,
    headline_part,
    protocol_part,
    size_part,
)


@pytest.fixture
def run(make_tested_run) -> EvaluatedRun:
    """4 of 8 boxes of "up" found, all of "down & out", one false "up"."""
    return EvaluatedRun.read(make_tested_run(right=4))


def _rows(table) -> dict[str, list[str]]:
    return {row[0]: list(row[1:]) for row in table.rows}


def _comparable(monkeypatch):
    monkeypatch.setattr(score_parts, "notes_on_setting", lambda cfg: [])


def test_scores_stand_beside_the_papers_where_comparable(run, monkeypatch):
    _comparable(monkeypatch)
    part = headline_part(run)
    rows = _rows(part.tables[0])
    assert rows["frame-mAP@0.5"] == ["0.00", f"{TABLE3['yowo_agot'].frame_map:g}"]
    assert rows["localization_recall@0.005"] == ["90.00", "32.5"]
    assert rows["localization_recall"] == ["75.00", ""]  # another definition


def test_what_is_not_comparable_stands_apart_with_the_reasons(run):
    part = headline_part(run)
    assert part.tables[0].head == ["score", "this run, %"]
    text = " ".join(part.texts)
    assert "Not comparable with the paper: clips of another size" in text
    assert "synthetic footage" in text
    assert "prints frame-mAP@0.5 8.01 %" in text


def test_scores_of_another_test_are_called_so(run):
    # metrics.json says 0; the predictions give the mean of 0.5 and 1
    assert "gives frame-mAP@0.5 = 75.00 %" in headline_part(run).texts[-1]
    path = run.work_dir / "metrics.json"
    content = json.loads(path.read_text())
    content["metrics"]["frame-mAP@0.5"] = 0.75
    path.write_text(json.dumps(content))
    again = headline_part(EvaluatedRun.read(run.work_dir))
    assert not any("Warning" in text for text in again.texts)


def test_a_config_that_the_paper_lacks(make_tested_run):
    part = headline_part(EvaluatedRun.read(make_tested_run("mine_agot")))
    assert part.tables[0].head == ["score", "this run, %"]
    assert "no row for mine_agot" in part.texts[0]


def test_protocols_stand_side_by_side(run):
    facts, protocols = protocol_part(run).tables
    rows = _rows(facts)
    assert rows["key frames"] == ["20, 4 of them without ground truth"]
    assert rows["origin"] == ["synthetic footage"]
    scores = {name: row[0] for name, row in _rows(protocols).items()}
    assert scores["voc"] == "75.00"
    # ACT's mean goes over all classes, one has no ground truth
    assert scores["act"] == "50.00"


def test_classes_by_frequency(run, monkeypatch):
    assert class_part(run).tables[0].head[-1] == "AP@0.5, %"
    _comparable(monkeypatch)
    part = class_part(run)
    assert frequency_order(run) == [0, 1]
    assert part.tables[0].rows == [
        ["up", "8", "5", "50.0", ""],  # no class of the paper
        ["down & out", "8", "8", "100.0", ""],
    ]
    assert part.texts == ["Without ground truth in the test: never."]
    assert part.pictures[0].alt.endswith("up 0.50, down & out 1.00")


def test_curves_confusion_size_and_errors_say_what_they_show(run):
    assert "up 0.50, recall to 0.50" in curves_part(run).pictures[0].alt
    # both rows of the frame have one box, its best label is right
    assert "no class is taken for another" in confusion_part(run).pictures[0].alt
    # a quarter of the width, half of the height
    size = size_part(run)
    assert "large 0.75" in size.pictures[0].alt
    assert "Without such boxes: small, medium." in size.texts
    errors = _rows(errors_part(run).tables[0])
    np.testing.assert_allclose(
        [sum(float(v) for v in row) for row in errors.values()], 100, atol=0.3
    )
    assert errors["up"][-1] == "50.0"  # missed


def test_a_split_without_ground_truth(run):
    gts = run.boxes.gts.take(np.zeros(len(run.boxes.gts), bool))
    boxes = type(run.boxes)(**{**vars(run.boxes), "gts": gts})
    empty = EvaluatedRun(**{**vars(run), "boxes": boxes})
    for make in (class_part, curves_part, confusion_part, size_part, errors_part):
        with pytest.raises(MissingDataError, match="have no ground truth"):
            make(empty)
