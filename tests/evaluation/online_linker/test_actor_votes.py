from collections.abc import Callable

import pytest

from stal_plugin.evaluation.online_linker import actor_votes

BOX, FAR = [0.0, 0, 10, 10], [50.0, 50, 60, 60]


def test_rows_of_one_box_become_one_actor(dets_of: Callable) -> None:
    rows = dets_of(
        (0, FAR, 1, 0.5),
        (0, BOX, 0, 0.2),
        (0, BOX, 2, 0.7),
        (0, BOX, 2, 0.4),  # a repetition: the larger score counts
        (1, BOX, 1, 0.3),  # the same place on another frame
    )
    first, votes = actor_votes(rows, 3)
    assert first.tolist() == [0, 1, 4]
    assert votes.tolist() == [[0, 0.5, 0], [0.2, 0, 0.7], [0, 0.3, 0]]


@pytest.mark.parametrize("label", [0, 2])
def test_labels_can_stay_apart(label: int, dets_of: Callable) -> None:
    rows = dets_of((0, BOX, 0, 0.2), (0, BOX, 2, 0.7))
    first, votes = actor_votes(rows, 3, per_class=True)
    assert first.tolist() == [0, 1]
    assert votes[label // 2].tolist() == [[0.2, 0, 0], [0, 0, 0.7]][label // 2]
