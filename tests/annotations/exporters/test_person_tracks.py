import numpy as np
import pytest

from stal_plugin.annotations.exporters.person_tracks import (
    PersonTrack,
    inside_frame,
    key_frames,
)
from stal_plugin.structures.box_table import BoxTable


def _track(frames: list[int], left: list[float], actions: str) -> PersonTrack:
    boxes = np.array([[x, 0, x + 10, 10] for x in left], float)
    names = tuple((name,) for name in actions)
    return PersonTrack(0, np.array(frames), boxes, names, np.ones(len(frames)))


@pytest.mark.parametrize(
    ("frames", "left", "actions", "kept"),
    [
        ([1, 2, 3, 4], [0, 1, 2, 3], "aaaa", [1, 0, 0, 1]),
        ([1, 2, 3, 4], [0, 1, 2, 3], "aabb", [1, 0, 1, 1]),
        ([1, 2, 5, 6], [0, 1, 4, 5], "aaaa", [1, 1, 1, 1]),
        ([1, 2, 3, 4, 5], [0, 0, 9, 0, 0], "aaaaa", [1, 1, 1, 1, 1]),
        ([1, 2, 3], [0, 1.4, 2], "aaa", [1, 0, 1]),
        ([7], [0], "a", [1]),
    ],
)
def test_key_frames(
    frames: list[int], left: list[float], actions: str, kept: list[int]
) -> None:
    chosen = key_frames(_track(frames, left, actions), 1, 0.5)
    assert chosen.astype(int).tolist() == kept


def test_every_second_frame_has_no_gaps() -> None:
    track = _track([1, 3, 5], [0, 1, 2], "aaa")
    assert key_frames(track, 2, 0.1).tolist() == [True, False, True]
    assert key_frames(track, 1, 0.1).tolist() == [True, True, True]


def test_boxes_are_clipped_to_the_frame() -> None:
    boxes = np.array([[-0.5, 0.2, 0.5, 1.5], [1.1, 0, 1.2, 1]])
    rows = BoxTable(np.array([1, 1]), boxes, np.array([0, 0]))
    inside, lost = inside_frame(rows)
    assert inside.boxes.tolist() == [[0, 0.2, 0.5, 1]]
    assert lost == 1
