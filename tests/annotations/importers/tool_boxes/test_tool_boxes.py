import numpy as np

from stal_plugin.annotations.importers.tool_boxes import ToolRow, boxes_of_rows


def test_rows_become_columns() -> None:
    rows = [
        ToolRow("b", 3, (1, 2, 3, 4), "roll", "7", "line 1"),
        ToolRow("a", 1.5, (5, 6, 7, 8), "wipe", "", "line 2"),
        ToolRow("b", 4, (1, 2, 3, 4), "roll", "7", "line 3"),
    ]
    boxes = boxes_of_rows(rows, {"c": (9, 9), "b": (4, 4)})
    assert list(boxes.sizes.items()) == [("c", (9, 9)), ("b", (4, 4)), ("a", None)]
    assert boxes.classes == ["roll", "wipe"]
    assert boxes.rows.frames.tolist() == [3, 1.5, 4]
    np.testing.assert_array_equal(boxes.rows.boxes[1], [5, 6, 7, 8])
    assert boxes.track_names.tolist() == ["7", "", "7"]
    assert boxes.rows.origins.tolist() == ["line 1", "line 2", "line 3"]
    assert len(boxes) == 3


def test_no_row() -> None:
    boxes = boxes_of_rows([], {"a": None})
    assert len(boxes) == 0
    assert boxes.rows.boxes.shape == (0, 4)
    assert boxes.sizes == {"a": None}
