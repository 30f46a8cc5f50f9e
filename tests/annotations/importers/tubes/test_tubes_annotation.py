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
        annotation_of_tubes(tubes, short, splits, ROOT, step=1)
    small = replace(tubes, resolution=dict.fromkeys(tubes.tubes, (120, 160)))
    with pytest.raises(ValueError, match=rf"{RUN}, frame 1: box .* 160x120"):
        annotation_of_tubes(small, VIDEOS, splits, ROOT)


def test_no_tubes_at_all(tubes: TubesPickle) -> None:
    empty = replace(tubes, tubes={RUN: []})
    annotation, _ = annotation_of_tubes(empty, VIDEOS, {RUN: "train"}, ROOT)
    assert len(annotation) == 0
    assert list(annotation.videos) == [RUN]


def _with_lengths(run: int, fence: int) -> dict:
    return {
        video: (path, replace(probe, num_frames=count))
        for (video, (path, probe)), count in zip(
            VIDEOS.items(), (run, fence), strict=True
        )
    }


def test_videos_of_other_lengths_stop_and_name_the_option(tubes: TubesPickle) -> None:
    """All of them in one error; one frame, or 2 %, is what decoders differ by."""
    tubes = replace(tubes, num_frames={RUN: 200, FENCE: 100})
    splits = official_splits(tubes, 1)
    with pytest.raises(ValueError, match="Lengths") as error:
        annotation_of_tubes(tubes, _with_lengths(100, 96), splits, ROOT)
    assert str(error.value) == (
        "Lengths: 2 problem(s)\n"
        f"  {RUN}: the pickle counts 200 frames, the video 100 (every 2 frames one? "
        "--step 2)\n"
        f"  {FENCE}: the pickle counts 100 frames, the video 96\n"
        "Are these the videos that were annotated? --step 2 if they have every second "
        "frame only, --step 1 takes the numbers of the pickle as their frames."
    )
    annotation, report = annotation_of_tubes(
        tubes, _with_lengths(100, 96), splits, ROOT, step=1
    )
    assert annotation.rows.frames.tolist() == [1, 2, 3, 2, 3]
    assert len(report.other_lengths) == 2
    near = _with_lengths(197, 99)
    annotation, report = annotation_of_tubes(tubes, near, splits, ROOT)
    assert annotation.videos[RUN].num_frames == 197
    assert report.other_lengths[1] == f"{FENCE}: 99 frames, the pickle says 100"


def test_videos_of_every_second_frame(tubes: TubesPickle) -> None:
    """Frames 1, 3, 5, ... are there; what was drawn on 2, 4, ... is counted."""
    splits = official_splits(tubes, 1)
    videos = _with_lengths(5, 4)  # of 10 and 7
    annotation, report = annotation_of_tubes(tubes, videos, splits, ROOT, step=2)
    # run has 1 and 2, fence 3 of one person, 2 and 3 of the other
    assert annotation.rows.frames.tolist() == [1, 2, 2]
    assert annotation.rows.person_ids.tolist() == [0, 0, 1]
    np.testing.assert_allclose(
        annotation.rows.boxes,
        [
            [0, 0, 1, 1],
            [10 / 320, 20 / 240, 50 / 320, 60 / 240],
            [20 / 320, 20 / 240, 31 / 320, 31 / 240],
        ],
    )
    assert report.skipped_boxes == 2
    assert report.other_lengths == []
    with pytest.raises(ValueError, match="counts 10 frames, 4 with --step 3, the vid"):
        annotation_of_tubes(tubes, _with_lengths(10, 7), splits, ROOT, step=3)
