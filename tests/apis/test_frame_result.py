from collections.abc import Callable

import numpy as np


def test_names_and_length(make_result: Callable) -> None:
    result = make_result(boxes=[(0, 0, 5, 5), (0, 0, 5, 5)], labels=[1, 0])
    assert len(result) == 2
    assert result.names == ["jump", "wave"]
    assert make_result().names == []
    assert np.array_equal(result.boxes[0], [0, 0, 5, 5])
