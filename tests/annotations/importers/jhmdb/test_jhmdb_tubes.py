from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from stal_plugin.annotations.importers.jhmdb import (
    shifted_as_in_yowo,
    tubes_of_masks,
    without_short_ends,
)
from stal_plugin.annotations.importers.jhmdb_release import JHMDBRelease
from stal_plugin.annotations.importers.tubes import annotation_of_tubes
from stal_plugin.annotations.importers.tubes_pickle import ActionTube
from stal_plugin.video import VideoProbe

FULL, SHORT = "catch/a", "wave/b (!)"


@pytest.fixture
def release(tmp_path: Path) -> JHMDBRelease:
    """Masks of 3 and 2 frames of 8x6 pixels; mask t has its corner at (t, t)."""
    for video, count in ((FULL, 3), (SHORT, 2)):
        mask = np.zeros((6, 8, count), np.uint8)
        for t in range(count):
            mask[t:5, t:7, t] = 1
        path = tmp_path / "puppet_mask" / video / "puppet_mask.mat"
        path.parent.mkdir(parents=True)
        savemat(path, {"part_mask": mask})
    frames = {video: tmp_path / "Rename_Images" / video for video in (FULL, SHORT)}
    lists = [[FULL]] * 3, [[SHORT]] * 3
    return JHMDBRelease(tmp_path, ["catch", "wave"], frames, *lists)


def probes(short: int = 4) -> dict[str, VideoProbe]:
    return {
        FULL: VideoProbe(3, 30.0, width=8, height=6),
        SHORT: VideoProbe(short, 30.0, width=8, height=6),
    }


def test_repeat_and_omit(release: JHMDBRelease) -> None:
    steps: list[int] = []
    tubes, report = tubes_of_masks(release, probes(), "repeat", steps.append)
    (full,), (short,) = tubes.tubes[FULL], tubes.tubes[SHORT]
    assert (full.label, short.label) == (0, 1)
    assert full.boxes.tolist() == [[0, 0, 6, 4], [1, 1, 6, 4], [2, 2, 6, 4]]
    assert short.frames.tolist() == [1, 2, 3, 4]
    assert short.boxes.tolist() == [[0, 0, 6, 4]] + 3 * [[1, 1, 6, 4]]
    assert report.short == {SHORT: 2}
    assert steps == [1, 1]
    assert tubes.resolution[FULL] == (6, 8)
    omitted, report = tubes_of_masks(release, probes(), "omit")
    assert omitted.tubes[SHORT][0].frames.tolist() == [1, 2]
    assert omitted.num_frames[SHORT] == 4
    assert report.short == {SHORT: 2}


def test_box_covers_its_last_pixel(release: JHMDBRelease) -> None:
    tubes, _ = tubes_of_masks(release, probes(), "repeat")
    videos = {video: (release.frames[video], probes()[video]) for video in tubes.tubes}
    root = release.root / "out"
    annotation, report = annotation_of_tubes(
        tubes, videos, dict.fromkeys(tubes.tubes, "train"), root
    )
    first = annotation.rows.boxes[0] * [8, 6, 8, 6]
    assert first.tolist() == [0, 0, 7, 5]
    assert report.clipped_boxes == 0
    assert annotation.videos[SHORT].file == "../Rename_Images/wave/b (!)"
    assert annotation.rows.person_ids.tolist() == [0] * 7


def test_yowo_labels(release: JHMDBRelease) -> None:
    """x1, y1 of the pickle + 1, x2, y2 + 2, cut at 8 x 6 pixels."""
    tubes, _ = tubes_of_masks(release, probes(), "omit")
    edge = ActionTube(0, np.array([1, 2]), np.array([[0.0, 1, 7, 5], [2, 1, 6, 4]]))
    tubes = replace(tubes, tubes={**tubes.tubes, FULL: [edge]})
    videos = {video: (release.frames[video], probes()[video]) for video in tubes.tubes}
    annotation, _ = annotation_of_tubes(
        shifted_as_in_yowo(tubes),
        videos,
        dict.fromkeys(tubes.tubes, "test"),
        release.root / "out",
    )
    pixels = np.round(annotation.rows.boxes * [8, 6, 8, 6], 9).tolist()
    assert pixels[:2] == [[1, 2, 8, 6], [3, 2, 8, 6]]
    assert pixels[2:] == [[1, 1, 8, 6], [2, 2, 8, 6]]  # pickle: 0 0 6 4, 1 1 6 4
    assert annotation.rows.frames.tolist() == [1, 2, 1, 2]


def test_omitted_frames_are_no_key_frames() -> None:
    splits = without_short_ends({FULL: "train", SHORT: "test"}, {SHORT: 2})
    assert splits == {FULL: "train", SHORT: {"test": (1, 2)}}


def test_faults(release: JHMDBRelease) -> None:
    with pytest.raises(ValueError, match=r"puppet_mask\.mat has 2 masks, but .* 1 fra"):
        tubes_of_masks(release, probes(short=1), "repeat")
    with pytest.raises(ValueError, match=r"'skip' must be one of \('repeat', 'omit'\)"):
        tubes_of_masks(release, probes(), "skip")
    (release.root / "puppet_mask" / SHORT / "puppet_mask.mat").unlink()
    with pytest.raises(FileNotFoundError, match=r"wave/b \(!\)/puppet_mask\.mat is"):
        tubes_of_masks(release, probes(), "repeat")
