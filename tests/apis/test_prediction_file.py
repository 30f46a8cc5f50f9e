from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import read_predictions
from stal_plugin.apis import PredictionFile


def test_round_trip(tmp_path: Path, make_result: Callable) -> None:
    file = PredictionFile(tmp_path / "p.csv", "clip, one")
    boxes = [(8, 6, 40, 30), (0, 0, 80, 60)]
    file.write(make_result(1, boxes=boxes, labels=[1, 0], scores=[0.75, 1 / 3]))
    file.write(make_result(2))
    file.write(make_result(3, boxes=boxes[:1], labels=[0]))
    half = read_predictions(tmp_path / "p.csv")  # before it is closed
    assert len(half) == 3
    file.close()
    found = read_predictions(tmp_path / "p.csv")
    assert set(found.video_ids) == {"clip, one"}
    assert found.frames.tolist() == [1, 1, 3]
    assert found.labels.tolist() == [1, 0, 0]
    assert found.boxes[0] == pytest.approx([0.1, 0.1, 0.5, 0.5])
    assert found.scores.astype(np.float32)[1] == np.float32(1 / 3)
