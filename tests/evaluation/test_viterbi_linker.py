from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation import viterbi_tubes
from stal_plugin.structures import BoxTable, Tubes

BOX, FAR = [0.0, 0, 10, 10], [50.0, 50, 60, 60]
ONE_VIDEO = np.zeros(4, np.int64)


def _paths(tubes: Tubes) -> list:
    return sorted(
        (
            int(label),
            round(float(score), 9),
            tubes.frame_ids[tubes.tube_ids == i].tolist(),
            tubes.boxes[tubes.tube_ids == i].round(9).tolist(),
        )
        for i, (label, score) in enumerate(zip(tubes.labels, tubes.scores, strict=True))
    )


def test_two_actors_give_two_tubes(dets_of: Callable) -> None:
    dets = dets_of(
        *((t, BOX, 0, 0.9) for t in range(4)), *((t, FAR, 0, 0.5) for t in range(4))
    )
    tubes = viterbi_tubes(dets, ONE_VIDEO, 1)
    frames = [0, 1, 2, 3]
    assert _paths(tubes) == [(0, 0.5, frames, [FAR] * 4), (0, 0.9, frames, [BOX] * 4)]


def test_frames_without_a_box_borrow_the_nearest(dets_of: Callable) -> None:
    # frame 1 is as near to 0 as to 2: the earlier counts; 3 borrows from 2
    dets = dets_of((0, BOX, 0, 0.6), (2, FAR, 0, 0.3))
    (path,) = _paths(viterbi_tubes(dets, ONE_VIDEO, 1))
    assert path == (0, 0.45, [0, 1, 2, 3], [BOX, BOX, FAR, FAR])


def test_overlap_can_outweigh_the_score(dets_of: Callable) -> None:
    # staying: IoU 1 + .9 + .1; going: 0 + 1.3 + .2
    dets = dets_of((0, BOX, 0, 0.5), (1, BOX, 0, 0.4), (1, FAR, 0, 0.8))
    best = viterbi_tubes(dets, np.zeros(2, np.int64), 1, max_tubes=1)
    assert best.boxes.tolist() == [BOX, BOX]


def test_at_most_three_tubes_and_none_after_a_frame_is_used_up(
    dets_of: Callable,
) -> None:
    places = [[x, 0.0, x + 5, 5] for x in (0, 10, 20, 30)]
    dets = dets_of(*((t, box, 0, 0.5) for t in (0, 1) for box in places))
    assert len(viterbi_tubes(dets, np.zeros(2, np.int64), 1)) == 3
    fewer = dets.take(np.arange(6))  # two boxes on the second frame
    assert len(viterbi_tubes(fewer, np.zeros(2, np.int64), 1)) == 2


def test_overlapping_tubes_are_suppressed(dets_of: Callable) -> None:
    near = [0.0, 0, 10, 8]
    dets = dets_of(
        *((t, BOX, 0, 0.9) for t in range(4)), *((t, near, 0, 0.5) for t in range(4))
    )
    assert viterbi_tubes(dets, ONE_VIDEO, 1).scores.tolist() == [pytest.approx(0.9)]
    # YOWO takes tubes that share a single frame for apart
    single = dets.take(dets.frames == 0)
    assert len(viterbi_tubes(single, np.zeros(1, np.int64), 1)) == 2


def test_nothing(dets_of: Callable) -> None:
    assert len(viterbi_tubes(dets_of(), ONE_VIDEO, 3)) == 0


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    area = sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
    return w * h / (area - w * h)


def _options(dets: BoxTable, frames: list, label: int) -> list:
    """Detections of each frame, or those of the nearest frame that has some."""
    rows: dict = {t: [] for t in frames}
    for i in np.argsort(-dets.scores):
        if dets.labels[i] == label and dets.frames[i] in rows:
            rows[dets.frames[i]].append(i)
    full = [t for t in frames if rows[t]]
    if not full:
        return []
    return [list(rows[min(full, key=lambda s, t=t: (abs(s - t), s))]) for t in frames]


def _slow(dets: BoxTable, videos: np.ndarray, num_classes: int) -> list:
    """Try all paths of each class and video."""

    def weight(path: tuple) -> float:
        boxes, s = dets.boxes, dets.scores
        return sum(
            _iou(boxes[a], boxes[b]) + s[a] + s[b] + s[a] * s[b] / 2
            for a, b in pairwise(path)
        )

    found = []
    for video, label in product(np.unique(videos), range(num_classes)):
        frames = np.flatnonzero(videos == video).tolist()
        free = _options(dets, frames, label)
        for _ in range(3):
            if not free or not all(free):
                break
            nodes = list(max(product(*free), key=weight))
            for options, i in zip(free, nodes, strict=True):
                options.remove(i)
            score = round(float(dets.scores[nodes].mean()), 9)
            found.append((label, score, frames, dets.boxes[nodes].round(9).tolist()))
    return sorted(found)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_search_over_all_paths(seed: int, random_videos: Callable) -> None:
    dets, videos = random_videos(seed)
    tubes = viterbi_tubes(dets, videos, 3, nms_iou_thr=1.0)
    assert _paths(tubes) == _slow(dets, videos, 3)
