import numpy as np

from stal_plugin.evaluation.linked_persons import linked_persons
from stal_plugin.structures.box_table import BoxTable


def test_known_persons_keep_their_numbers() -> None:
    boxes = np.array([[0, 0, 0.4, 0.4], [0.5, 0.5, 1, 1], [0.5, 0.5, 0.99, 1]])
    rows = BoxTable(
        np.array([1, 2, 1]),
        boxes,
        np.array([0, 1, 0]),
        video_ids=np.array(["v"] * 3, object),
        person_ids=np.array([5, -1, -1]),
    )
    assert linked_persons(rows, ["v"], 2).person_ids.tolist() == [5, 6, 6]
