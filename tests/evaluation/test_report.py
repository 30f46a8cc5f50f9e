import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.evaluation import PROTOCOLS, ClassAP, ErrorBreakdown
from stal_plugin.evaluation.report import (
    add_tube_scores,
    breakdown_table,
    class_scores,
    class_table,
    excluded_classes,
    protocol_line,
    write_metrics_json,
)

CLASSES = ["Pick [up]", "Put down", "Wipe"]
RESULT = ClassAP(
    iou_thrs=(0.5, 0.75),
    ap=np.array([[0.75, 0.25, np.nan], [0.5, 0, np.nan]]),
    num_gt=np.array([4, 2, 0]),
    num_dets=np.array([9, 3, 1]),
)


def test_class_scores() -> None:
    assert class_scores(RESULT, CLASSES) == {
        "Pick [up]": {"num_gt": 4, "num_dets": 9, "AP@0.5": 0.75, "AP@0.75": 0.5},
        "Put down": {"num_gt": 2, "num_dets": 3, "AP@0.5": 0.25, "AP@0.75": 0},
        "Wipe": {"num_gt": 0, "num_dets": 1, "AP@0.5": None, "AP@0.75": None},
    }
    assert excluded_classes(RESULT, CLASSES) == ["Wipe"]


def test_class_table() -> None:
    rows = [line.split() for line in class_table(RESULT, CLASSES, "[a]").splitlines()]
    assert rows[0] == ["[a]"]
    assert rows[3:] == [
        ["Pick", "[up]", "4", "9", "0.7500", "0.5000"],
        ["Put", "down", "2", "3", "0.2500", "0.0000"],
        ["Wipe", "0", "1", "-", "-"],
        ["mean", "6", "13", "0.5000", "0.2500"],
    ]


def test_class_table_of_ten_thresholds_keeps_one_line_per_class() -> None:
    result = ClassAP(
        tuple(np.arange(0.5, 1, 0.05)),
        RESULT.ap[:1].repeat(10, 0),
        RESULT.num_gt,
        RESULT.num_dets,
    )
    table = class_table(result, CLASSES)
    assert len(table.splitlines()) == 6
    assert table.count("0.7500") == 10


def test_protocol_states_every_choice() -> None:
    rule = replace(PROTOCOLS["voc"], count_empty_frames=False)
    line = protocol_line(RESULT, 100, 40, rule)
    assert "\n" not in line
    for part in ("all-point", "argmax-IoU", "IoU >= 0.5, 0.75", "2 of 3 classes"):
        assert part in line
    assert "100 frames" in line
    assert "40 frames without ground truth left out" in line
    assert "ground truth counted" in protocol_line(RESULT, 100, 40, PROTOCOLS["voc"])


def test_json_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "new" / "metrics.json"
    per_class = class_scores(RESULT, CLASSES)
    write_metrics_json(path, {"frame-mAP@0.5": 0.5}, per_class, "rules")
    assert json.loads(path.read_text()) == {
        "metrics": {"frame-mAP@0.5": 0.5},
        "per_class": per_class,
        "protocol": "rules",
    }
    assert [p.name for p in path.parent.iterdir()] == ["metrics.json"]


def test_tubes_are_added_to_the_json(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    tubes = {"video-mAP@0.5": 0.75}
    add_tube_scores(path, tubes, {}, "linker")  # nothing there yet
    assert json.loads(path.read_text())["metrics"] == tubes
    write_metrics_json(path, {"frame-mAP@0.5": 0.5}, {}, "rules")
    add_tube_scores(path, tubes, {"up": {}}, "linker")
    assert json.loads(path.read_text()) == {
        "metrics": {"frame-mAP@0.5": 0.5, **tubes},
        "per_class": {},
        "protocol": "rules",
        "tubes": {"per_class": {"up": {}}, "protocol": "linker"},
    }


def test_nan_never_enters_the_json(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics_json(path, {"frame-mAP@0.5": float("nan")}, {}, "")
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("yowo", ["all-point AP (VOC)", "corners rounded, +1", "over 2 of 3 classes,"]),
        ("act", ["trapezoids", "else the next best", "+1", "3 of 3 classes (without"]),
        ("ava", ["no +1", "2 of 3 classes (those with", "ground truth left out"]),
        ("voc07", ["11-point AP", "(+1)"]),
        ("yowov3", ["to (1, 0) (YOWOv3)", "(no +1)", "ground truth counted"]),
        ("multisports", ["all-point AP (VOC)", "(no +1)", "ground truth counted"]),
    ],
)
def test_every_protocol_in_words(name: str, parts: list) -> None:
    rule = PROTOCOLS[name]
    line = protocol_line(replace(RESULT, class_mean=rule.class_mean), 9, 4, rule)
    for part in parts:
        assert part in line


def test_breakdown_table() -> None:
    nan = float("nan")
    rows = np.array([[0.5, 0.25, 0.125, 0, 0, 0.125], [0, 0, 0, 0, 0, 1], [nan] * 6])
    table = breakdown_table(ErrorBreakdown(*rows.T), CLASSES, "shares")
    lines = [line.split() for line in table.splitlines()]
    assert lines[1][:3] == ["class", "right", "localisation"]
    assert lines[3] == ["Pick", "[up]", "50.0", "25.0", "12.5", "0.0", "0.0", "12.5"]
    assert lines[5] == ["Wipe", *["-"] * 6]
    assert lines[6] == ["mean", "25.0", "12.5", "6.2", "0.0", "0.0", "56.2"]


def test_table_of_tubes() -> None:
    assert "GT tubes" in class_table(RESULT, CLASSES, unit="tubes")
