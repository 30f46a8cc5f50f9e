"""A small annotation with footage and predictions."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation, VideoInfo
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import write_video

CLASSES = ["up", "down", "wipe"]


def _footage(num_frames: int, height: int, width: int) -> Iterator[np.ndarray]:
    """Grey frames whose brightness is 10 times their number."""
    for i in range(num_frames):
        yield np.full((height, width, 3), 10 * (i + 1), np.uint8)


@pytest.fixture
def annotation(tmp_path: Path) -> Annotation:
    """Two videos: a/1 is tested from frame 4 of 8, b from frame 1 of 6.

    Ground truth: "up" on frames 3 to 6 of a/1, "down" and "wipe" on frame 2 of b.
    """
    write_video(tmp_path / "a1.mp4", _footage(8, 90, 160), 25.0)
    write_video(tmp_path / "b.mp4", _footage(6, 120, 100), 25.0)
    ranges = {"train": (1, 3), "test": (4, 8)}
    return Annotation(
        classes=CLASSES,
        videos={
            "a/1": VideoInfo("a1.mp4", 25.0, 160, 90, 8, "a", ranges),
            "unused": VideoInfo("none.mp4", 25.0, 160, 90, 8, "a", "train"),
            "b": VideoInfo("b.mp4", 25.0, 100, 120, 6, "b", "test"),
        },
        synthetic=True,
        rows=BoxTable(
            frames=np.array([3, 4, 5, 6, 2, 2]),
            boxes=np.array([[0.25, 0.5, 0.5, 0.75]] * 4 + [[0.5, 0.25, 0.75, 0.5]] * 2),
            labels=np.array([0, 0, 0, 0, 1, 2]),
            video_ids=np.array(["a/1"] * 4 + ["b"] * 2, dtype=object),
            person_ids=np.array([1, 1, 1, 1, 1, 1]),
        ),
    )


@pytest.fixture
def predictions() -> BoxTable:
    """Frame 4 of a/1: a hit; 5: wrong class; 6: low score; b 2: a hit of "wipe".

    The last row is on a training frame.
    """
    boxes = [[0.25, 0.5, 0.5, 0.75]] * 3 + [[0.5, 0.25, 0.75, 0.5]] + [[0.0, 0, 1, 1]]
    scores = np.array([0.9, 0.8, 0.1, 0.7, 0.9])
    return BoxTable(
        frames=np.array([4, 5, 6, 2, 1]),
        boxes=np.array(boxes),
        labels=np.array([0, 1, 0, 2, 0]),
        video_ids=np.array(["a/1"] * 3 + ["b", "a/1"], dtype=object),
        scores=scores,
        objectness=scores,
    )
