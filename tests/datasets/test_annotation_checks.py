import logging

import numpy as np
import pytest
from mmengine.logging import MMLogger

from stal_plugin.annotations import VideoInfo, read_annotation
from stal_plugin.datasets.annotation_checks import (
    check_num_classes,
    check_splits,
    check_video_files,
    mirrored_permutation,
    warn_of_several_labels,
)
from stal_plugin.datasets.keyframe_index import build_keyframe_index


def test_num_classes_names_file_numbers_and_key():
    check_num_classes("x/ann.csv", ["a", "b"], 2)
    check_num_classes("x/ann.csv", ["a", "b"], None)
    with pytest.raises(
        ValueError, match=r"x/ann\.json has 2 classes.*num_classes=24.*num_classes=2 in"
    ):
        check_num_classes("x/ann.csv", ["a", "b"], 24)
    with pytest.raises(ValueError, match=r"model\.head and model\.loss_cls"):
        check_num_classes("x/ann.csv", ["a", "b"], 24)  # of an actor detector


def test_unknown_split_names_the_known_ones():
    videos = {"v": VideoInfo("v.mp4", 1.0, 1, 1, 9, "s", {"tr": (1, 4), "te": (5, 9)})}
    check_splits("ann.csv", videos, ["te", "tr"])
    with pytest.raises(ValueError, match=r"\['val'\]; the splits.*\['te', 'tr'\]"):
        check_splits("ann.csv", videos, ["tr", "val"])
    with pytest.raises(ValueError, match="splits of this annotation"):
        check_splits("ann.csv", videos, [])


def test_missing_videos_are_named_and_folders_told_apart(tmp_path):
    (tmp_path / "v.mp4").touch()
    (tmp_path / "frames").mkdir()
    there = [("v", str(tmp_path / "v.mp4")), ("f", str(tmp_path / "frames"))]
    assert check_video_files("ann.csv", there) == {str(tmp_path / "frames")}
    gone = [(f"g{i}", str(tmp_path / f"g{i}.mp4")) for i in range(5)]
    with pytest.raises(FileNotFoundError, match=r"5 of 7 videos of ann\.csv") as error:
        check_video_files("ann.csv", there + gone)
    assert all(str(tmp_path / f"g{i}.mp4") in str(error.value) for i in range(3))
    assert "g3.mp4" not in str(error.value)


def test_several_labels_warn_once_with_their_number(gray_footage, caplog):
    annotation = read_annotation(gray_footage)
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.WARNING):
            warn_of_several_labels(
                "ann.csv", build_keyframe_index(annotation, ["train"])
            )
            warn_of_several_labels(
                "ann.csv", build_keyframe_index(annotation, ["test"])
            )
    finally:
        logger.removeHandler(caplog.handler)
    (record,) = caplog.records
    assert "1 boxes have more than one label" in record.getMessage()
    assert "multilabel=True" in record.getMessage()


def test_mirrored_permutation_swaps_pairs():
    found = mirrored_permutation(["a", "L", "b", "R"], [("L", "R")])
    assert found.tolist() == [0, 3, 2, 1]
    assert found[found].tolist() == [0, 1, 2, 3]
    assert np.array_equal(mirrored_permutation(["a"], []), [0])
