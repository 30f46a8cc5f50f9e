import json
from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun
from stal_plugin.visualization.reports.example_pictures import examples_part
from stal_plugin.visualization.reports.html_page import ReportPart
from stal_plugin.visualization.reports.overview import of_hundred, overview_part

NONE = ReportPart("Examples", missing="no video")


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 of 100"), (0.001, "1 of 100"), (0.996, "99 of 100"), (1, "100 of 100")],
)
def test_only_all_is_all(share: float, said: str) -> None:
    assert of_hundred(share) == said


def test_three_scores_with_their_meaning(run):
    headlines = overview_part(run, NONE).headlines
    assert [(h.value, h.name) for h in headlines] == [
        ("75 of 100", "people are found"),
        ("62 of 100", "found people get the right action"),
        ("0.0 %", "frame-mAP@0.5"),
    ]
    assert all(h.meaning.endswith(".") for h in headlines)


def test_best_and_worst_class_and_confusion(run):
    texts = overview_part(run, NONE).texts
    assert texts[-2:] == [
        "Best class: “down & out”, AP 100.0 % (8 boxes). Worst: “up”, AP 50.0 % "
        "(8 boxes).",
        "No class is taken for another.",
    ]


def test_hits_and_errors_in_one_strip(run):
    part = overview_part(run, examples_part(run, 2))
    ((title, pictures),) = part.strips
    assert title == "Hits and errors"
    words = [picture.caption.split(":")[0] for picture in pictures]
    assert words == ["Hit", "Hit", "Wrong", "Missed"]
    assert overview_part(run, NONE).strips == []


def test_scores_of_another_test_are_called_so(run):
    # metrics.json says 0; the predictions give the mean of 0.5 and 1
    texts = overview_part(run, NONE).texts
    assert "gives frame-mAP@0.5 = 75.00 %" in texts[0]
    path = run.work_dir / "metrics.json"
    content = json.loads(path.read_text())
    content["metrics"]["frame-mAP@0.5"] = 0.75
    path.write_text(json.dumps(content))
    again = overview_part(EvaluatedRun.read(run.work_dir), NONE)
    assert not any("Warning" in text for text in again.texts)


def test_without_ground_truth(run):
    gts = run.boxes.gts.take(np.zeros(len(run.boxes.gts), bool))
    empty = replace(run, boxes=replace(run.boxes, gts=gts), metrics={})
    part = overview_part(empty, NONE)
    assert part.texts == ["There is no ground truth in test."]
    assert part.headlines == []
