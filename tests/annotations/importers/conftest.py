"""Footage and clips without files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.agot_clips import Footage, LabelledClip
from stal_plugin.annotations.importers.tubes_pickle import ActionTube, TubesPickle
from stal_plugin.video import VideoReader


@pytest.fixture
def make_footage() -> Callable[..., Footage]:
    def make(name: str = "c0", length: int = 100) -> Footage:
        path = Path(f"{name}.mp4")
        return Footage(name, path, name, VideoReader(path), 0, length - 1, 100, 50)

    return make


@pytest.fixture
def make_clip() -> Callable[..., LabelledClip]:
    def make(
        label: str, first: int, last: int, person: int = 0, source: str = "c0"
    ) -> LabelledClip:
        frames = np.arange(first, last + 1)
        boxes = np.tile([0.1, 0.2, 0.3, 0.4], (len(frames), 1))
        return LabelledClip(source, label, person, frames, boxes)

    return make


@pytest.fixture
def tubes() -> TubesPickle:
    """Two videos of 320x240: one person, and two people doing class 2."""

    def tube(label: int, first: int, boxes: list) -> ActionTube:
        frames = np.arange(first, first + len(boxes))
        return ActionTube(label, frames, np.array(boxes, dtype=float))

    own = {
        "run/v_run_g01_c02": [tube(0, 1, [[0, 0, 319, 239], [31, 23, 63, 47]])],
        "fence/v (1)": [
            tube(2, 3, [[10, 20, 49, 59]]),
            tube(2, 2, [[20, 20, 320, 240], [20, 20, 30, 30]]),
        ],
    }
    return TubesPickle(
        labels=["run", "jump", "fence"],
        tubes=own,
        num_frames={"run/v_run_g01_c02": 10, "fence/v (1)": 7},
        resolution=dict.fromkeys(own, (240, 320)),
        train_videos=[["run/v_run_g01_c02"], ["fence/v (1)"]],
        test_videos=[["fence/v (1)"], []],
    )
