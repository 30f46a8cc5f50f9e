from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import VideoInfo
from stal_plugin.annotations.importers.tubes import annotation_of_tubes, official_splits
from stal_plugin.annotations.importers.tubes_pickle import TubesPickle
from stal_plugin.video import VideoProbe

RUN, FENCE = "run/v_run_g01_c02", "fence/v (1)"
ROOT = Path("data")
VIDEOS = {
    RUN: (ROOT / "videos" / f"{RUN}.mp4", VideoProbe(10, 25.0, 340, 256)),
    FENCE: (ROOT / "videos" / FENCE, VideoProbe(8, 30.0, 320, 240)),
}


def test_pixel_corners_are_inclusive_and_zero_based(tubes: TubesPickle) -> None:
    splits = official_splits(tubes, 1)
    annotation, report = annotation_of_tubes(tubes, VIDEOS, splits, ROOT)
    np.testing.assert_allclose(
        annotation.rows.boxes,
        [
            [0, 0, 1, 1],  # pixels 0..319, 0..239 are the whole image
            [31 / 320, 23 / 240, 64 / 320, 48 / 240],
            [10 / 320, 20 / 240, 50 / 320, 60 / 240],
            [20 / 320, 20 / 240, 1, 1],  # pixel 320 does not exist: clipped
            [20 / 320, 20 / 240, 31 / 320, 31 / 240],
        ],
    )
    assert report.clipped_boxes == 1
    assert annotation.classes == ["run", "jump", "fence"]
    assert annotation.rows.video_ids.tolist() == [RUN] * 2 + [FENCE] * 3
    assert annotation.rows.frames.tolist() == [1, 2, 3, 2, 3]
    assert annotation.rows.labels.tolist() == [0, 0, 2, 2, 2]
    assert annotation.rows.person_ids.tolist() == [0, 0, 0, 1, 1]
    assert annotation.videos == {
        RUN: VideoInfo(f"videos/{RUN}.mp4", 25.0, 340, 256, 10, "v_run_g01", "train"),
        FENCE: VideoInfo(f"videos/{FENCE}", 30.0, 320, 240, 8, "v (1)", "test"),
    }
    assert report.other_lengths == [f"{FENCE}: 8 frames, the pickle says 7"]
    assert report.unused == []


def test_present_classes_and_unused_videos(tubes: TubesPickle) -> None:
    splits = official_splits(tubes, 2)
    annotation, report = annotation_of_tubes(tubes, VIDEOS, splits, ROOT, True)
    assert annotation.classes == ["run", "fence"]
    assert annotation.rows.labels.tolist() == [0, 0, 1, 1, 1]
    assert report.unused == [RUN]


def test_faults(tubes: TubesPickle) -> None:
    splits = official_splits(tubes, 1)
    short = {**VIDEOS, RUN: (VIDEOS[RUN][0], VideoProbe(1, 25.0, 340, 256))}
    with pytest.raises(ValueError, match="has frame 2, but the video has 1"):
        annotation_of_tubes(tubes, short, splits, ROOT)
    small = replace(tubes, resolution=dict.fromkeys(tubes.tubes, (120, 160)))
    with pytest.raises(ValueError, match=rf"{RUN}, frame 1: box .* 160x120"):
        annotation_of_tubes(small, VIDEOS, splits, ROOT)


def test_no_tubes_at_all(tubes: TubesPickle) -> None:
    empty = replace(tubes, tubes={RUN: []})
    annotation, _ = annotation_of_tubes(empty, VIDEOS, {RUN: "train"}, ROOT)
    assert len(annotation) == 0
    assert list(annotation.videos) == [RUN]
