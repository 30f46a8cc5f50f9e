from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.visualization.reports.confusion import confusion_part
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
)
from stal_plugin.visualization.reports.score_parts import (
    class_part,
    curves_part,
    errors_part,
    protocol_part,
    scores_part,
    size_part,
)


def _rows(table) -> dict[str, list[str]]:
    return {row[0]: list(row[1:]) for row in table.rows}


def test_scores_in_percent_the_usual_ones_first(run):
    usual, published = scores_part(run).tables
    assert usual.head == ["score", "this run, %", "what it says", "in metrics.json"]
    scores = {key: value for _, value, _, key in usual.rows}
    assert scores["frame-mAP@0.5"] == "0.00"
    assert scores["localization_recall"] == "75.00"
    assert {key: value for _, value, _, key in published.rows} == {
        "localization_recall@0.005": "90.00"
    }
    assert "2012.08097" in published.caption


def test_a_precision_above_1_has_a_name_of_its_own_and_is_not_capped(run):
    metrics = {"precision@0.005": 3.54, "precision": 0.6}
    usual, published = scores_part(replace(run, metrics=metrics)).tables
    assert usual.rows[0][:2] == ["precision", "60.00"]
    name, value, meaning, _ = published.rows[0]
    assert (name, value) == ("right boxes per 100 confident ones", "354.00")
    assert "no share, and can be far above 100 %" in meaning


def test_protocols_stand_side_by_side(run):
    facts, protocols = protocol_part(run).tables
    rows = _rows(facts)
    assert rows["key frames"] == ["20, 4 of them without ground truth"]
    assert rows["origin"] == ["synthetic footage"]
    scores = {name: row[0] for name, row in _rows(protocols).items()}
    assert scores["voc"] == "75.00"
    # ACT's mean goes over all classes, one has no ground truth
    assert scores["act"] == "50.00"


def test_classes_by_frequency(run):
    part = class_part(run)
    assert part.tables[0].head == ["class", "boxes", "detections", "AP@0.5, %"]
    assert run.labels_by_frequency() == [0, 1]
    assert part.tables[0].rows == [
        ["up", "8", "5", "50.0"],
        ["down & out", "8", "8", "100.0"],
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
