import json
from pathlib import Path

import pytest

from stal_plugin.evaluation.report import write_metrics_json
from stal_plugin.evaluation.scores_file import read_scores


def test_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    per_class = {"a": {"num_gt": 2, "AP@0.5": 0.25}, "b": {"num_gt": 0, "AP@0.5": None}}
    write_metrics_json(path, {"frame-mAP@0.5": 0.25}, per_class, "voc")
    scores = read_scores(path)
    assert scores.metrics == {"frame-mAP@0.5": 0.25}
    assert (scores.per_class, scores.protocol) == (per_class, "voc")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no valid json"),
        ("[" * 10**5, "is no valid json"),
        ("[]", "is \\[\\], must be"),
        ("{}", "key 'metrics' is missing"),
        ('{"metrics": {"a": "b"}}', "metrics.a is 'b', must be a number"),
        ('{"metrics": {"a": NaN}}', "metrics.a is nan, must be a number"),
        ('{"metrics": {"a": 1, "a": 2}}', r"keys \['a'\] are there twice"),
        ('{"metrics": {}, "per_class": {"x": 1}}', "per_class.x is 1, must be an obj"),
    ],
)
def test_odd_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_scores(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_unknown_keys_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"metrics": {"a": 1}, "tubes": {}}))
    assert read_scores(path).metrics == {"a": 1.0}
