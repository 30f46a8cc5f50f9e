import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.structures.box_table import BOX_COLUMNS, BoxTable, label_rows


def _table(rows: list[tuple[int, float, int, str, int]]) -> BoxTable:
    """Rows (frame, x2, label, video, person)."""
    frames, x2, labels, videos, persons = zip(*rows, strict=True) if rows else [()] * 5
    boxes = np.zeros((len(rows), 4))
    boxes[:, 2:] = np.array(x2, float).reshape(-1, 1)
    return BoxTable(
        frames=np.array(frames, np.int64),
        boxes=boxes,
        labels=np.array(labels, np.int64),
        video_ids=np.array(videos, object),
        person_ids=np.array(persons, np.int64),
    )


def test_columns_that_are_not_given() -> None:
    scores = np.array([0.5, 0.25])
    table = BoxTable(np.array([7, 8]), np.zeros((2, 4)), np.array([0, 1]))
    assert table.video_ids.tolist() == ["", ""]
    assert table.scores.tolist() == table.objectness.tolist() == [1, 1]
    assert table.person_ids.tolist() == [-1, -1]
    assert table.origins.tolist() == [0, 1]
    detected = BoxTable(table.frames, table.boxes, table.labels, scores=scores)
    assert detected.objectness is scores


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ({"labels": np.zeros(3, int)}, r"labels has shape \(3,\), expected \(2,\)"),
        ({"boxes": np.zeros((2, 5))}, r"boxes has shape \(2, 5\), expected \(2, 4\)"),
        ({"scores": np.zeros((2, 1))}, r"scores has shape \(2, 1\)"),
    ],
)
def test_columns_of_other_lengths(column: dict, text: str) -> None:
    columns = {"boxes": np.zeros((2, 4)), "labels": np.zeros(2, int), **column}
    with pytest.raises(ValueError, match=text):
        BoxTable(frames=np.zeros(2, int), **columns)


@pytest.mark.parametrize(
    "rows", [np.array([2, 0]), np.array([True, False, True]), slice(0, 3, 2)]
)
def test_take_keeps_the_columns_in_step(rows: np.ndarray) -> None:
    table = _table([(i, i + 1.0, 2 - i, f"v{i}", i) for i in range(3)])
    part = table.take(rows)
    assert len(part) == 2
    assert part.boxes[:, 2].tolist() == [i + 1 for i in part.frames]
    assert part.labels.tolist() == [2 - i for i in part.frames]
    assert part.video_ids.tolist() == [f"v{i}" for i in part.frames]
    assert part.origins.tolist() == part.frames.tolist()


def test_concat() -> None:
    first, second = _table([(1, 0.5, 0, "a", 3)]), _table([(2, 0.5, 1, "b", -1)])
    both = BoxTable.concat([first, BoxTable.empty(), second])
    assert both.video_ids.tolist() == ["a", "b"]
    assert both.frames.tolist() == [1, 2]
    assert both.person_ids.tolist() == [3, -1]
    assert len(BoxTable.concat([])) == 0


def test_groups_are_numbered_by_first_appearance() -> None:
    boxes = np.array([[0.5] * 4, [0.1] * 4, [0.5] * 4, [0.5] * 4])
    table = BoxTable(np.array([0, 0, 0, 1]), boxes, np.array([2, 0, 1, 2]))
    assert table.groups().tolist() == [0, 1, 0, 2]
    persons = np.array([0, 0, 4, 0])
    apart = BoxTable(table.frames, boxes, table.labels, person_ids=persons)
    assert apart.groups().tolist() == [0, 1, 2, 3]


def test_rows_whose_mixtures_collide_stay_apart() -> None:
    frames, labels = np.array([0, 1, 0, 1]), np.array([1_000_003, 0, 0, 0])
    table = BoxTable(frames, np.zeros((4, 4)), labels)
    assert table.groups(("frames", "labels")).tolist() == [0, 1, 2, 1]
    assert table.repeats(("frames", "labels")).tolist() == [False] * 3 + [True]
    assert BoxTable.empty().groups().tolist() == []


_ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from([0.0, -0.0, 0.5, np.nan]),
        st.integers(0, 1),
        st.sampled_from(["", "a", "b"]),
        st.integers(-1, 0),
    )
)


@given(_ROWS)
def test_groups_and_repeats_compare_all_columns(rows: list) -> None:
    table = _table(rows)
    seen: dict[tuple, int] = {}
    boxes = [(f, str(abs(x)), v, p) for f, x, _, v, p in rows]
    expected = [seen.setdefault(box, len(seen)) for box in boxes]
    assert table.groups().tolist() == expected
    assert table.repeats(BOX_COLUMNS).tolist() == [
        group in expected[:i] for i, group in enumerate(expected)
    ]
    whole = [(*box, row[2]) for box, row in zip(boxes, rows, strict=True)]
    assert table.repeats().tolist() == [row in whole[:i] for i, row in enumerate(whole)]


def test_label_rows_of_integers_and_multi_hot_agree() -> None:
    labels = np.array([2, 0, 1])
    multi_hot = np.eye(3, dtype=np.float32)[labels]
    for one, other in zip(label_rows(labels), label_rows(multi_hot), strict=True):
        np.testing.assert_array_equal(one, other)


def test_label_rows_of_several_labels() -> None:
    box_inds, labels = label_rows(np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]]))
    assert box_inds.tolist() == [0, 0, 2]
    assert labels.tolist() == [1, 2, 0]


@pytest.mark.parametrize("shape", [(0,), (0, 5)])
def test_label_rows_of_nothing(shape: tuple) -> None:
    box_inds, labels = label_rows(np.zeros(shape, np.float32))
    assert box_inds.tolist() == labels.tolist() == []
    assert labels.dtype == np.int64


def test_a_box_takes_one_row_per_label() -> None:
    hot = np.array([[1, 0], [0, 0], [1, 1]])
    boxes = np.array([[0.0, 0, 1, 1], [0, 0, 2, 2], [0, 0, 3, 3]])
    persons = np.array([7, 8, 9])
    table = BoxTable.from_labels(np.array([5, 6, 7]), boxes, hot, person_ids=persons)
    assert table.frames.tolist() == [5, 7, 7]
    assert table.boxes[:, 2].tolist() == [1, 3, 3]
    assert table.labels.tolist() == [0, 0, 1]
    assert table.person_ids.tolist() == [7, 9, 9]
    assert table.groups().tolist() == [0, 1, 1]
