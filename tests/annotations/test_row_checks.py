import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.annotations.row_checks import check_rows


def test_good_rows_have_no_problem(annotation: Annotation) -> None:
    assert check_rows(annotation) == []
    assert check_rows(Annotation(["a"], {})) == []


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("video_ids", "zz", "video_id 'zz' is not in the json's videos"),
        ("frames", 0, "frame 0 of 'b/x (1)' is not in 1..10"),
        ("frames", 11, "frame 11 of 'b/x (1)' is not in 1..10"),
        ("labels", -1, "action_id 0 is not in 1..3"),
        ("labels", 3, "action_id 4 is not in 1..3"),
        ("person_ids", -2, "person_id -2 is below -1"),
        ("boxes", [0.3, 0.2, 0.3, 0.4], "box [0.3, 0.2, 0.3, 0.4] is not 0 <= x1 < x2"),
        ("boxes", [0.1, 0.2, 0.3, 1.01], "box [0.1, 0.2, 0.3, 1.01] is not"),
        ("boxes", [0.1, np.nan, 0.3, 0.4], "box [0.1, nan, 0.3, 0.4] is not"),
        ("boxes", [-0.1, 0.2, np.inf, 0.4], "box [-0.1, 0.2, inf, 0.4] is not"),
    ],
)
def test_each_rule(
    annotation: Annotation, column: str, value: object, text: str
) -> None:
    getattr(annotation.rows, column)[1] = value
    problems = check_rows(annotation)
    assert len(problems) == 1
    assert problems[0][0] == 1
    assert problems[0][1].startswith(text)


def test_repeated_rows_but_not_other_labels_or_persons(annotation: Annotation) -> None:
    rows = annotation.rows
    rows.boxes[1] = rows.boxes[2]  # same box, other person: allowed
    assert check_rows(annotation) == []
    rows.person_ids[2] = 0
    assert check_rows(annotation) == [
        (2, "the row of 'b/x (1)', frame 2 is there twice")
    ]
    rows.boxes[2, 0] += 1e-3  # another box
    assert check_rows(annotation) == []
