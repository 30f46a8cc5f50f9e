from dataclasses import replace

import numpy as np
import pytest

from stal_plugin.annotations.box_file import BoxFile
from stal_plugin.evaluation.evaluation_input import join_tables
from stal_plugin.evaluation.frame_index import FrameIndex
from stal_plugin.structures.box_table import BoxTable

BOX, NEAR = [0.1, 0.2, 0.5, 0.6], [0.1, 0.2, 0.5, 0.7]


def _table(*rows: tuple, pixels: bool = False) -> BoxFile:
    """Rows (video, frame, box, action, person or score)."""
    videos, frames, boxes, actions, values = (
        zip(*rows, strict=True) if rows else ((),) * 5
    )
    numbers = np.array(values, float)
    table = BoxTable(
        frames=np.array(frames, np.int64),
        boxes=np.array(boxes, float).reshape(-1, 4),
        labels=np.array(actions, np.int64) - 1,
        video_ids=np.array(videos, object),
        scores=numbers,
        person_ids=numbers.astype(np.int64),
    )
    return BoxFile(table, in_pixels=pixels)


TRUTH = _table(("b", 1, BOX, 1, 4), ("a", 5, BOX, 2, 7), ("a", 5, BOX, 3, 7))
FOUND = _table(("a", 6, BOX, 1, 0.5), ("a", 5, NEAR, 2, 0.25))


def test_labels_of_one_person_are_one_box() -> None:
    inputs = join_tables(TRUTH, FOUND)
    assert inputs.index.names == ("a", "b")
    assert inputs.index.frames.tolist() == [5, 6, 1]
    assert inputs.gts.frames.tolist() == [2, 0, 0]
    assert inputs.gts.groups().tolist() == [0, 1, 1]
    assert inputs.gts.labels.tolist() == [0, 1, 2]
    assert inputs.gts.person_ids.tolist() == [4, 7, 7]
    assert inputs.dets.frames.tolist() == [1, 0]
    assert inputs.dets.labels.tolist() == [0, 1]
    assert inputs.outside == (0, 0)


def test_without_sizes_boxes_stay_normalised() -> None:
    inputs = join_tables(TRUTH, FOUND)
    assert not inputs.in_pixels
    assert inputs.gts.boxes[0].tolist() == BOX
    assert inputs.frame_areas is not None
    assert inputs.frame_areas.tolist() == [1, 1, 1]


def test_sizes_turn_boxes_into_pixels() -> None:
    inputs = join_tables(TRUTH, FOUND, sizes={"a": (100, 10)}, default_size=(200, 20))
    assert inputs.in_pixels
    np.testing.assert_allclose(
        inputs.gts.boxes, [[20, 4, 100, 12], [10, 2, 50, 6], [10, 2, 50, 6]]
    )
    np.testing.assert_allclose(inputs.dets.boxes[1], [10, 2, 50, 7])
    assert inputs.frame_areas is not None
    assert inputs.frame_areas.tolist() == [1000, 1000, 4000]


def test_pixels_and_normalised_meet_in_pixels() -> None:
    pixels = _table(("a", 5, [10, 2, 50, 7], 2, 0.25), pixels=True)
    inputs = join_tables(TRUTH, pixels, default_size=(100, 10))
    np.testing.assert_allclose(inputs.gts.boxes[1], [10, 2, 50, 6])
    np.testing.assert_allclose(inputs.dets.boxes, [[10, 2, 50, 7]])
    with pytest.raises(ValueError, match="predictions is in pixels, the other file"):
        join_tables(TRUTH, pixels, sizes={"b": (100, 10)})


def test_pixels_need_no_size_among_themselves() -> None:
    inputs = join_tables(replace(TRUTH, in_pixels=True), replace(FOUND, in_pixels=True))
    assert inputs.in_pixels
    assert inputs.gts.boxes[0].tolist() == BOX
    assert inputs.frame_areas is None


def test_frames_of_an_index() -> None:
    index = FrameIndex.build(np.array(["a", "a"], object), np.array([5, 9]))
    inputs = join_tables(TRUTH, FOUND, index)
    assert inputs.outside == (1, 1)
    assert inputs.gts.frames.tolist() == [0, 0]
    assert inputs.dets.scores.tolist() == [0.25]
    assert len(inputs.index) == 2


def test_listed_frames_are_evaluated() -> None:
    listed = replace(
        FOUND, listed_videos=np.array(["c"], object), listed_frames=np.array([1])
    )
    assert join_tables(TRUTH, listed).index.names == ("a", "b", "c")


def test_nothing() -> None:
    inputs = join_tables(_table(), _table())
    assert len(inputs.index) == len(inputs.gts) == len(inputs.dets) == 0
