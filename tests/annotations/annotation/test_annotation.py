import pytest

from stal_plugin.annotations import Annotation


def test_in_split_by_video_and_by_range(annotation: Annotation) -> None:
    assert annotation.in_split("train").tolist() == [True] * 6 + [False]
    assert annotation.in_split("test").tolist() == [False] * 6 + [True]
    assert annotation.in_split(["train", "test"]).all()
    with pytest.raises(ValueError, match="no video has split 'val'"):
        annotation.in_split("val")


def test_video_index_and_slices(annotation: Annotation) -> None:
    assert annotation.video_index().tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert annotation.video_slices() == {"b/x (1)": slice(0, 4), "a,1": slice(4, 7)}
    assert len(annotation) == 7
    annotation.rows.video_ids[:] = "other"
    assert annotation.video_index().tolist() == [-1] * 7


def test_slices_of_videos_without_boxes(annotation: Annotation) -> None:
    empty = Annotation(annotation.classes, annotation.videos)
    assert empty.video_slices() == {"b/x (1)": slice(0, 0), "a,1": slice(0, 0)}
    assert empty.in_split("train").shape == (0,)
