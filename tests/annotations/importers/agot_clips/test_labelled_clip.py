from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.annotations.importers.agot_clips import Footage, clips_of_tracks
from stal_plugin.annotations.importers.cvat_tracks import CvatTrack


def _track(number: str, frames: list[int], outside: list[int], x2: float) -> CvatTrack:
    boxes = np.tile([10, 5, x2, 25.0], (len(frames), 1))
    hidden = np.array(outside, dtype=bool)
    return CvatTrack(number, "wipe", "c0", np.array(frames), boxes, hidden)


def test_clips_and_report(make_footage: Callable[..., Footage]) -> None:
    tracks = [
        _track("7", [3, 6], [0, 1], 20),
        _track("8", [1], [1], 20),  # never visible
        _track("9", [97], [0], 101.5),  # not closed, sticks out by 1.5 pixels
    ]
    clips, report = clips_of_tracks(tracks, [make_footage("c0", 100)])
    assert [(c.source, c.label, c.person_id) for c in clips] == [
        ("c0", "wipe", 7),
        ("c0", "wipe", 9),
    ]
    assert clips[0].frames.tolist() == [3, 4, 5]
    np.testing.assert_allclose(clips[0].boxes, [[0.1, 0.1, 0.2, 0.5]] * 3)
    assert clips[1].frames.tolist() == [97, 98, 99]
    assert clips[1].boxes[:, 2].tolist() == [1, 1, 1]
    assert report.clipped_boxes == 3
    assert report.held_boxes == 2
    assert report.invisible_tracks == ["8"]


def test_places_where_ids_are_no_unique_numbers(
    make_footage: Callable[..., Footage],
) -> None:
    tracks = [_track(name, [3, 6], [0, 1], 20) for name in ("5", "5", "x")]
    clips, _ = clips_of_tracks(tracks, [make_footage()])
    assert [clip.person_id for clip in clips] == [0, 1, 2]


def test_box_beyond_the_image(make_footage: Callable[..., Footage]) -> None:
    tracks = [_track("1", [3, 6], [0, 1], 20), _track("2", [8, 9], [0, 1], 120)]
    with pytest.raises(ValueError, match=r"c0\.mp4: track 2, frame 8: box \[10.0, 5.0"):
        clips_of_tracks(tracks, [make_footage()])
