from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stal_plugin.evaluation import GREEDY_RULES, greedy_tubes
from stal_plugin.structures import BoxTable

BOX, FAR = [0.0, 0, 10, 10], [50.0, 50, 60, 60]
VIDEO = np.zeros(20, np.int64)
RULE = replace(GREEDY_RULES["moc"], min_length=1, offset=0.0)


def _row(dets_of: Callable, frames: object, **changes: object) -> tuple:
    dets = dets_of(*((t, BOX, 0, 0.5) for t in frames))  # type: ignore[attr-defined]
    tubes = greedy_tubes(dets, VIDEO, 1, replace(RULE, **changes))
    return tuple(
        tubes.frame_ids[tubes.tube_ids == i].tolist() for i in range(len(tubes))
    )


def test_published_numbers() -> None:
    act, moc = GREEDY_RULES["act"], GREEDY_RULES["moc"]
    assert (act.iou_thr, act.end_after, act.nms_iou_thr, act.min_score) == (
        *(0.2, 5, 0.3),
        0.01,
    )
    assert (moc.iou_thr, moc.end_after, moc.nms_iou_thr, moc.min_score) == (
        *(0.5, 7, 0.6),
        0.005,
    )
    for rule in (act, moc):
        assert (rule.top_k, rule.min_length, rule.tube_iou_thr, rule.offset) == (
            *(10, 15, 0.3),
            1.0,
        )


def test_a_tube_survives_fewer_misses_than_end_it(dets_of: Callable) -> None:
    assert _row(dets_of, (0, 1, 4), end_after=3) == ([0, 1, 2, 3, 4],)
    assert _row(dets_of, (0, 1, 5), end_after=3) == ([0, 1], [5])


def test_short_and_weak_tubes_go(dets_of: Callable) -> None:
    assert _row(dets_of, range(15), min_length=15) == (list(range(15)),)
    assert _row(dets_of, range(14), min_length=15) == ()
    assert _row(dets_of, range(3), min_score=0.5) == ([0, 1, 2],)
    assert _row(dets_of, range(3), min_score=0.51) == ()


def test_the_better_tube_chooses_first_the_better_box(dets_of: Callable) -> None:
    # both tubes reach both boxes of frame 1; score decides, not overlap
    left, right = [0.0, 0, 10, 10], [4.0, 0, 14, 10]
    dets = dets_of(
        *((0, left, 0, 0.3), (0, right, 0, 0.9)),
        *((1, left, 0, 0.8), (1, right, 0, 0.1)),
    )
    rule = replace(RULE, iou_thr=0.4, nms_iou_thr=0.9, tube_iou_thr=1.0)
    tubes = greedy_tubes(dets, VIDEO, 1, rule)
    assert tubes.scores.tolist() == pytest.approx([0.85, 0.2])
    assert tubes.boxes[:, 0].tolist() == [4, 0, 0, 4]


def test_suppression_and_the_ten_best(dets_of: Callable) -> None:
    near = [0.0, 0, 10, 9]
    dets = dets_of((0, BOX, 0, 0.9), (0, near, 0, 0.8), (0, near, 1, 0.7))
    assert greedy_tubes(dets, VIDEO, 2, RULE).labels.tolist() == [0, 1]
    many = dets_of(
        *((0, [9.0 * i, 0, 9 * i + 8, 8], 0, 0.1 + i / 99) for i in range(14))
    )
    tubes = greedy_tubes(many, VIDEO, 1, RULE)
    assert sorted(tubes.boxes[:, 0].tolist()) == [9.0 * i for i in range(4, 14)]


def test_nothing(dets_of: Callable) -> None:
    assert len(greedy_tubes(dets_of(), VIDEO, 1, RULE)) == 0


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]) + 1)
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]) + 1)
    area = sum((c[2] - c[0] + 1) * (c[3] - c[1] + 1) for c in (a, b))
    return w * h / (area - w * h)


def _slow(dets: BoxTable, videos: np.ndarray, end_after: int) -> list:
    """Link class by class and video by video, without suppression."""
    found = []
    for video in np.unique(videos):
        for label in range(3):
            done: list[list[int]] = []
            open_tubes: list[list[int]] = []
            for t in np.flatnonzero(videos == video):
                here = (dets.frames == t) & (dets.labels == label)
                rows = sorted(np.flatnonzero(here), key=lambda i: -dets.scores[i])
                open_tubes.sort(key=lambda tube: -dets.scores[tube].mean())
                for tube in list(open_tubes):
                    last = tube[-1]
                    fits = [
                        i for i in rows if _iou(dets.boxes[last], dets.boxes[i]) >= 0.3
                    ]
                    if fits:
                        tube.append(fits[0])
                        rows.remove(fits[0])
                    elif t - dets.frames[last] >= end_after:
                        open_tubes.remove(tube)
                        done.append(tube)
                open_tubes += [[i] for i in rows]
            for tube in done + open_tubes:
                score = round(float(dets.scores[tube].mean()), 9)
                ends = dets.frames[[tube[0], tube[-1]]].tolist()
                corners = dets.boxes[[tube[0], tube[-1]]].round(9).tolist()
                found.append((label, score, ends, corners))
    return sorted(found)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), end_after=st.integers(1, 3))
def test_equals_the_loop(seed: int, end_after: int, random_videos: Callable) -> None:
    dets, videos = random_videos(seed)
    rule = replace(
        GREEDY_RULES["act"],
        iou_thr=0.3,
        end_after=end_after,
        nms_iou_thr=1.0,
        tube_iou_thr=1.0,
        min_length=1,
    )
    tubes = greedy_tubes(dets, videos, 3, rule)
    found = []
    for i in range(len(tubes)):
        rows = np.flatnonzero(tubes.tube_ids == i)[[0, -1]]
        ends, corners = tubes.frame_ids[rows].tolist(), tubes.boxes[rows].round(9)
        score = round(float(tubes.scores[i]), 9)
        found.append((int(tubes.labels[i]), score, ends, corners.tolist()))
    assert sorted(found) == _slow(dets, videos, end_after)
