from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import Annotation
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.visualization import SplitFrames


def test_frames_are_numbered_through_the_videos_of_the_split(
    annotation: Annotation, predictions: BoxTable
) -> None:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    assert frames.videos == ["a/1", "b"]
    assert len(frames) == 5 + 6
    assert [frames.locate(i) for i in (0, 4, 5, 10)] == [(0, 4), (0, 8), (1, 1), (1, 6)]
    assert frames.video_of(np.array([0, 4, 5])).tolist() == [0, 0, 1]
    assert frames.truth.frames.tolist() == [0, 1, 2, 6, 6]
    assert frames.truth.labels.tolist() == [0, 0, 0, 1, 2]
    assert frames.detections.frames.tolist() == [0, 1, 2, 6]
    assert frames.num_outside == 1


def test_boxes_are_in_pixels_of_each_video(
    annotation: Annotation, predictions: BoxTable
) -> None:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    assert frames.truth.boxes[0].tolist() == [40, 45, 80, 67.5]
    assert frames.truth.boxes[3].tolist() == [50, 30, 75, 60]
    assert frames.detections.boxes[3].tolist() == [50, 30, 75, 60]


def test_rows_in_any_order(annotation: Annotation, predictions: BoxTable) -> None:
    order = np.array([4, 2, 3, 1, 0])
    shuffled = predictions.take(order)
    one = SplitFrames.build(annotation, shuffled, ["test"]).detections
    other = SplitFrames.build(annotation, predictions, ["test"]).detections
    for name in ("frames", "boxes", "labels", "scores"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_files_of_different_data_are_refused(
    annotation: Annotation, predictions: BoxTable
) -> None:
    predictions.video_ids[0] = "zz"
    with pytest.raises(ValueError, match="such as 'zz': the two files belong"):
        SplitFrames.build(annotation, predictions, ["test"])
    predictions.video_ids[0] = "b"
    predictions.labels[1] = 3
    with pytest.raises(ValueError, match="action_id 4, but the annotation has 3"):
        SplitFrames.build(annotation, predictions, ["test"])


def test_unknown_and_overlapping_splits(
    annotation: Annotation, predictions: BoxTable
) -> None:
    with pytest.raises(ValueError, match=r"split 'val'; splits are \['test', 'train'"):
        SplitFrames.build(annotation, predictions, ["val"])
    with pytest.raises(ValueError, match="'a/1' has frames in several"):
        SplitFrames.build(annotation, predictions, ["train", "test"])


def test_boxes_of_a_frame_are_scaled_to_the_image(
    annotation: Annotation, predictions: BoxTable
) -> None:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    found, annotated = frames.boxes_of(0, (320, 90), annotation.classes, 0.3)
    assert found.boxes.tolist() == annotated.boxes.tolist() == [[80, 45, 160, 67.5]]
    assert (found.lines, annotated.lines) == ((("up 0.90",),), (("up",),))
    found, annotated = frames.boxes_of(2, (160, 90), annotation.classes, 0.3)
    assert (len(found.boxes), len(annotated.boxes)) == (0, 1)  # a low score


def test_frames_are_decoded(
    annotation: Annotation, predictions: BoxTable, tmp_path: Path
) -> None:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    levels = [image.mean() for image in frames.decode(annotation, tmp_path, [0, 2])]
    np.testing.assert_allclose(levels, [40, 60], atol=3)  # frames 4 and 6 of a/1
