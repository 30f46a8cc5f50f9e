"""MMAction2's proposals for AVA, on the key frames of the converted release."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations.importers.ava_proposals import (
    key_frames_of_release,
    people_on_key_frames,
    read_proposals,
)
from stal_plugin.annotations.importers.ava_release import (
    AvaRelease,
    annotation_of_release,
    find_release,
    find_videos,
)
from stal_plugin.annotations.importers.import_options import ImportOptions
from stal_plugin.annotations.importers.video_library import VideoLibrary
from stal_plugin.video import write_video

FOUND = {
    "mov,0902": np.array([[0.1, 0.2, 0.5, 0.9, 0.99], [0.6, 0.2, 0.9, 0.9, 0.5]]),
    "mov,0903": np.array([[0.1, 0.2, 0.5, 0.9, 0.95]]),  # excluded
    "mov,0904": np.array([[0.2, 0.2, 0.4, 0.8, 0.3], [0.3, 0.2, 0.4, 0.8, 0.2]]),
    "other,0904": np.array([[0.2, 0.2, 0.4, 0.8, 1.0]]),
}


def write(path: Path, content: object, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_is_read_by_movie_and_second(tmp_path: Path, protocol: int) -> None:
    found = read_proposals(write(tmp_path / "p.pkl", FOUND, protocol))
    assert sorted(found) == sorted(
        [("mov", 902.0), ("mov", 903.0), ("mov", 904.0), ("other", 904.0)]
    )
    np.testing.assert_array_equal(found["mov", 902.0], FOUND["mov,0902"])


def test_nothing_in_a_pickle_is_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "was here",)

    with pytest.raises(ValueError, match="which is not loaded"):
        read_proposals(write(tmp_path / "p.pkl", {"mov,0902": Evil()}))
    assert not (tmp_path / "was here").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1], "holds a list, not a dict"),
        ({"mov0902": np.zeros((1, 5))}, "'mov0902' is not VIDEO,SECOND"),
        ({"mov,0902": np.zeros((1, 4))}, r"shape \(1, 4\), must be \(N, 5\)"),
        ({"mov,0902": [0.1]}, "has a list, must be an array of numbers"),
        ({"mov,0902": np.array([[0, 0, 20, 30, 1.0]])}, r"20.*must be in \[0, 1\]"),
    ],
)
def test_another_layout_is_named(tmp_path: Path, content: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_proposals(write(tmp_path / "p.pkl", content))


def test_seconds_are_the_key_frames_and_weak_people_are_out(ava: Path) -> None:
    """As in MMAction2: a score of 0.9, or the best one of the second."""
    release, (videos, start) = find_release(ava), find_videos(ava)
    annotation, _ = annotation_of_release(
        release, VideoLibrary(videos, ava / "out"), ImportOptions(start=start)
    )
    places = key_frames_of_release(release, annotation)
    assert places == {
        ("mov", 902.0): ("mov", 21),
        ("mov", 904.0): ("mov", 41),
        ("val", 902.0): ("val", 21),
    }
    file = write(ava / "p.pkl", FOUND)
    people, note = people_on_key_frames([file], places)
    assert people.video_ids.tolist() == ["mov", "mov"]
    assert people.frames.tolist() == [21, 41]
    np.testing.assert_allclose(people.boxes[0], [0.1, 0.2, 0.5, 0.9])
    np.testing.assert_allclose(people.scores, [0.99, 0.3])
    assert note == (
        "2 people on 2 of 3 key frames; 2 with a score below 0.9 were left out"
    )
    people, _ = people_on_key_frames([file], places, score=0.2)
    assert people.frames.tolist() == [21, 21, 41, 41]


def test_segments_have_their_seconds_too(ava: Path, tmp_path: Path) -> None:
    frames = np.zeros((9, 32, 48, 3), np.uint8)
    write_video(tmp_path / "segments/mov_0902.mp4", iter(frames), 10)
    labels = tmp_path / "labels.csv"
    labels.write_text("mov,0902,0.1,0.2,0.5,0.9,12\n")
    actions = ava / "annotations/ava_action_list_v2.2.pbtxt"
    release = AvaRelease({"train": labels}, {}, actions)
    library = VideoLibrary(tmp_path / "segments", tmp_path / "out")
    annotation, _ = annotation_of_release(release, library, ImportOptions())
    places = key_frames_of_release(release, annotation)
    assert places == {("mov", 902.0): ("mov_0902", 5)}


def test_a_file_of_other_movies_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "p.pkl", FOUND)
    with pytest.raises(ValueError, match=r"nobody for any of the 1 key.*mov,0902"):
        people_on_key_frames([file], {("x", 1.0): ("x", 1)})
