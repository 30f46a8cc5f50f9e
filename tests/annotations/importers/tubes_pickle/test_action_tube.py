import numpy as np

from stal_plugin.annotations.importers.tubes_pickle import ActionTube


def test_fields() -> None:
    tube = ActionTube(2, np.array([5, 6]), np.array([[0, 0, 9, 9], [1, 1, 9, 9.0]]))
    assert (tube.label, tube.frames.tolist(), tube.boxes[1].tolist()) == (
        2,
        [5, 6],
        [1, 1, 9, 9],
    )
