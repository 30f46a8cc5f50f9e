from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation import OnlineLinker, online_tubes
from stal_plugin.structures import BoxTable

BOX, FAR = [0.0, 0, 10, 10], [50.0, 50, 60, 60]


def test_tracks_of_two_videos_stay_apart(dets_of: Callable) -> None:
    dets = dets_of(*((t, BOX, 0, 0.5 + t / 10) for t in range(4)), (1, FAR, 0, 0.2))
    tubes = online_tubes(dets, np.array([0, 0, 1, 1]), OnlineLinker(1))
    assert tubes.scores.tolist() == pytest.approx([0.55, 0.2, 0.75])
    assert tubes.frame_ids.tolist() == [0, 1, 1, 2, 3]


def test_a_tube_for_each_label_of_a_track(dets_of: Callable) -> None:
    dets = dets_of((0, BOX, 0, 0.8), (0, BOX, 2, 0.4), (1, BOX, 0, 0.6))
    tubes = online_tubes(dets, np.zeros(2, np.int64), OnlineLinker(3))
    assert tubes.labels.tolist() == [0, 2]
    assert tubes.scores.tolist() == pytest.approx([0.7, 0.2])
    assert tubes.lengths.tolist() == [2, 2]


def test_skipped_frames_are_filled_and_short_tubes_left_out(dets_of: Callable) -> None:
    dets = dets_of((0, BOX, 0, 0.8), (3, BOX, 0, 0.8), (1, FAR, 0, 0.9))
    tubes = online_tubes(dets, np.zeros(4, np.int64), OnlineLinker(1), min_length=2)
    assert tubes.frame_ids.tolist() == [0, 1, 2, 3]


def test_order_of_the_rows_does_not_matter(random_videos: Callable) -> None:
    dets, videos = random_videos(7)
    assert len(dets) > 5
    mixed: BoxTable = dets.take(np.random.default_rng(0).permutation(len(dets)))
    first = online_tubes(dets, videos, OnlineLinker(3))
    second = online_tubes(mixed, videos, OnlineLinker(3))
    assert sorted(first.scores.round(9)) == sorted(second.scores.round(9))


def test_nothing(dets_of: Callable) -> None:
    assert len(online_tubes(dets_of(), np.zeros(3, np.int64), OnlineLinker(2))) == 0


@pytest.mark.parametrize("per_class", [False, True])
@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1))
def test_tubes_are_the_tracks_of_live_runs(
    per_class: bool, seed: int, random_videos: Callable
) -> None:
    dets, videos = random_videos(seed)
    dets = dets.take(np.argsort(dets.frames, kind="stable"))
    live: list[list] = []  # of each track: class, scores, frames, last box
    for video in np.unique(videos):
        linker = OnlineLinker(3, per_class=per_class)
        tracks: dict[int, list] = {}
        for frame in np.flatnonzero(videos == video):
            rows = dets.take(dets.frames == frame)
            seen = linker.update(int(frame), rows.boxes, rows.labels, rows.scores)
            assert len(seen) == len(rows)  # no two rows share a box here
            for track, label, score in zip(seen, rows.labels, rows.scores, strict=True):
                tracks.setdefault(track.track_id, []).append(
                    (int(label), score, int(frame), track.box.tolist())
                )
        live += tracks.values()
    expected = []
    for hits in live:
        ends = (hits[0][2], hits[-1][2], hits[-1][3])
        for label in {hit[0] for hit in hits}:
            total = sum(hit[1] for hit in hits if hit[0] == label)
            expected.append((label, round(total / len(hits), 9), *ends))
    tubes = online_tubes(dets, videos, OnlineLinker(3, per_class=per_class))
    found = []
    for i, (label, score) in enumerate(zip(tubes.labels, tubes.scores, strict=True)):
        rows = np.flatnonzero(tubes.tube_ids == i)
        ends = (
            *tubes.frame_ids[rows[[0, -1]]].tolist(),
            tubes.boxes[rows[-1]].tolist(),
        )
        found.append((int(label), round(float(score), 9), *ends))
    assert sorted(found) == sorted(expected)
