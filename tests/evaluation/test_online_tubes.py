from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.evaluation import Detections, OnlineLinker, online_tubes

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
    mixed: Detections = dets.take(np.random.default_rng(0).permutation(len(dets)))
    first = online_tubes(dets, videos, OnlineLinker(3))
    second = online_tubes(mixed, videos, OnlineLinker(3))
    assert sorted(first.scores.round(9)) == sorted(second.scores.round(9))


def test_nothing(dets_of: Callable) -> None:
    assert len(online_tubes(dets_of(), np.zeros(3, np.int64), OnlineLinker(2))) == 0
