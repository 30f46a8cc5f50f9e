import json
from collections.abc import Callable

import numpy as np


def test_names_and_length(make_result: Callable) -> None:
    result = make_result(boxes=[(0, 0, 5, 5), (0, 0, 5, 5)], labels=[1, 0])
    assert len(result) == 2
    assert result.names == ["jump", "wave"]
    assert make_result().names == []
    assert np.array_equal(result.boxes[0], [0, 0, 5, 5])


def test_everything_is_in_a_line_of_json(make_result: Callable) -> None:
    result = make_result(
        frame=26,
        boxes=[(1.234, 2, 3.5, 4)],
        labels=[1],
        scores=[0.87654321],
        track_ids=[5],
        latency=0.01234567,
        skipped=2,
    )
    assert json.loads(json.dumps(result.to_dict())) == {
        "frame": 26,
        "time": 1.0,
        "latency": 0.0123,
        "skipped": 2,
        "detections": [
            {
                "box": [1.23, 2.0, 3.5, 4.0],
                "label": 1,
                "name": "jump",
                "score": 0.8765,
                "track_id": 5,
            }
        ],
    }
