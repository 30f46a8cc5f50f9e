from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.cvat_boxes import boxes_of_tracks
from stal_plugin.annotations.importers.cvat_tracks import CvatTask, CvatTrack, CvatXml
from stal_plugin.annotations.importers.import_options import ActionRule, ImportOptions
from stal_plugin.annotations.importers.video_library import VideoLibrary


@pytest.fixture
def library(tmp_path: Path, make_video: Callable[..., Path]) -> VideoLibrary:
    make_video(tmp_path / "c0.mp4", count=12)
    return VideoLibrary(tmp_path, tmp_path / "out")


def _track(label: str = "person", **changes: object) -> CvatTrack:
    facts = {
        "track_id": "3",
        "label": label,
        "task_id": "8",
        "frames": np.array([2, 6, 8]),
        "boxes": np.array([[0, 0, 10, 10], [8, 0, 18, 10], [8, 0, 18, 10]], float),
        "outside": np.array([False, False, True]),
        **changes,
    }
    return CvatTrack(**facts)  # type: ignore[arg-type]


def _xml(*tracks: CvatTrack, last: int | None = 11, **facts: int) -> CvatXml:
    task = CvatTask("8", "c0", "c0.mp4", 0, last, width=96, height=64, **facts)
    return CvatXml(["person", "idle"], {"8": task}, list(tracks))


def test_interpolation_and_outside(library: VideoLibrary) -> None:
    boxes = boxes_of_tracks(_xml(_track()), library, ImportOptions())
    assert boxes.rows.frames.tolist() == [2, 3, 4, 5, 6, 7]
    assert boxes.rows.boxes[:, 0].tolist() == [0, 2, 4, 6, 8, 8]
    assert boxes.classes == ["person", "idle"]
    assert boxes.sizes == {"c0.mp4": (96, 64)}
    assert boxes.rows.origins[1] == "track 3, frame 3"
    assert boxes.base == 0


def test_attributes_change_and_give_several_actions(library: VideoLibrary) -> None:
    track = _track(
        attributes=(
            {"action": "wipe", "talk": "true"},
            {"action": "__undefined__", "talk": "true"},
            {},
        )
    )
    rule = ActionRule(("action", "talk"))
    boxes = boxes_of_tracks(_xml(track), library, ImportOptions(rule))
    wiping = boxes.actions == "wipe"
    assert boxes.rows.frames[wiping].tolist() == [2, 3, 4, 5]
    assert boxes.rows.frames[~wiping].tolist() == [2, 3, 4, 5, 6, 7]
    assert boxes.classes == ["wipe", "talk"]
    assert boxes.attributes == {"action", "talk"}


def test_track_without_end_lasts_as_long_as_the_video(library: VideoLibrary) -> None:
    track = _track(outside=np.zeros(3, bool))
    boxes = boxes_of_tracks(_xml(track, last=None), library, ImportOptions())
    assert boxes.rows.frames.tolist() == list(range(2, 12))
    held = "boxes after a track's last one, which CVAT does not end; kept"
    assert boxes.left_out[held] == 3


def test_occluded_boxes(library: VideoLibrary) -> None:
    track = _track(occluded=np.array([False, True, False]))
    kept = boxes_of_tracks(_xml(track), library, ImportOptions())
    assert len(kept) == 6
    assert kept.left_out["occluded boxes, which are kept"] == 2
    dropped = boxes_of_tracks(_xml(track), library, ImportOptions(drop_occluded=True))
    assert dropped.rows.frames.tolist() == [2, 3, 4, 5]
    assert dropped.left_out["occluded boxes"] == 2


def test_no_visible_track_and_missing_video(library: VideoLibrary) -> None:
    hidden = _track(outside=np.ones(3, bool))
    boxes = boxes_of_tracks(_xml(hidden), library, ImportOptions())
    assert len(boxes) == 0
    assert boxes.left_out["tracks that are nowhere visible"] == 1
    task = CvatTask("8", "other", "other.mp4", 0, 5)
    with pytest.raises(FileNotFoundError, match=r"no video 'other\.mp4'"):
        boxes_of_tracks(CvatXml([], {"8": task}, []), library, ImportOptions())


def test_frames_of_the_task_are_listed(library: VideoLibrary) -> None:
    boxes = boxes_of_tracks(_xml(_track(), last=9), library, ImportOptions())
    assert boxes.sparse
    assert boxes.listed == {"c0.mp4": list(range(10))}
    beyond = "frames of CVAT's tasks that their videos do not have"
    assert boxes.left_out[beyond] == 0


def test_a_task_longer_than_the_video(library: VideoLibrary) -> None:
    """The open end of a track is the video's; a box that was drawn behind it is not."""
    track = _track(outside=np.zeros(3, bool))
    boxes = boxes_of_tracks(_xml(track, last=10**15), library, ImportOptions())
    assert boxes.rows.frames.tolist() == list(range(2, 12))
    beyond = "frames of CVAT's tasks that their videos do not have"
    assert boxes.left_out[beyond] == 10**15 - 11
    far = _track(frames=np.array([2, 6, 10**15]))
    boxes = boxes_of_tracks(_xml(far, last=None), library, ImportOptions())
    assert boxes.rows.frames.tolist() == list(range(2, 12))
    drawn = _track(frames=np.array([2, 12, 14]))
    with pytest.raises(ValueError, match=r"track 3: a box on frame 12 \(from 0\) of"):
        boxes_of_tracks(_xml(drawn, last=None), library, ImportOptions())


def test_two_tracks_with_one_number_stay_two(library: VideoLibrary) -> None:
    boxes = boxes_of_tracks(_xml(_track(), _track("idle")), library, ImportOptions())
    assert boxes.track_names.tolist() == ["3"] * 6 + ["3#2"] * 6


def test_a_task_of_every_fifth_frame(library: VideoLibrary) -> None:
    """Boxes are on the task's frames only; a shape of one frame stays on it."""
    track = _track(
        frames=np.array([1, 6, 11]),
        outside=np.array([False, False, True]),
    )
    shape = _track(
        track_id="4", frames=np.array([6, 11]), boxes=np.ones((2, 4)) * [0, 0, 5, 5]
    )
    shape = replace(shape, outside=np.array([False, True]))
    xml = _xml(track, shape, step=5, size=3)
    xml = replace(xml, tasks={"8": replace(xml.tasks["8"], first_frame=1)})
    boxes = boxes_of_tracks(xml, library, ImportOptions())
    assert boxes.listed == {"c0.mp4": [1, 6, 11]}
    assert boxes.rows.frames.tolist() == [1, 6, 6]
    assert boxes.track_names.tolist() == ["3", "3", "4"]


def test_frames_of_a_task_that_contradict_each_other(library: VideoLibrary) -> None:
    track = _track(frames=np.array([0, 5, 7]))
    with pytest.raises(ValueError, match=r"frame 2 is none of the task's frames 0, 5,"):
        boxes_of_tracks(_xml(_track(), step=5), library, ImportOptions())
    assert len(boxes_of_tracks(_xml(track, step=5), library, ImportOptions())) == 2
    xml = _xml(track, step=5, size=12)
    with pytest.raises(ValueError, match=r"12 frames, but 0..11 in steps of 5 are 3"):
        boxes_of_tracks(xml, library, ImportOptions())
    boxes = boxes_of_tracks(xml, library, ImportOptions(step=1))
    assert boxes.listed == {"c0.mp4": list(range(12))}
