from collections.abc import Callable

import numpy as np
import pytest

from stal_plugin.structures import nms_tubes, tube_overlaps

BOX, HALF = [0.0, 0, 10, 10], [0.0, 0, 10, 5]


def test_spatio_temporal_overlap_by_hand(tubes_of: Callable) -> None:
    # frames 1 to 4 and 3 to 6: 2 of 6 in common; IoU there 1 and 1/2
    one = tubes_of((0, 1, dict.fromkeys((1, 2, 3, 4), BOX)))
    two = tubes_of((0, 1, {3: BOX, 4: HALF, 5: BOX, 6: BOX}))
    first, second, overlap = tube_overlaps(one, two, 1)
    assert (first.tolist(), second.tolist()) == ([0], [0])
    assert overlap[0] == pytest.approx(2 / 6 * (1 + 1 / 2) / 2)


def test_a_tube_overlaps_itself_fully(tubes_of: Callable) -> None:
    tube = tubes_of((3, 1, {1: BOX, 2: HALF, 9: BOX}))
    assert tube_overlaps(tube, tube, 4)[2].tolist() == [1]


def test_classes_and_frames_apart_do_not_overlap(tubes_of: Callable) -> None:
    one = tubes_of((0, 1, {1: BOX}), (1, 1, {5: BOX}))
    two = tubes_of((1, 1, {1: BOX}), (0, 1, {5: BOX}), (0, 1, {2: BOX}))
    assert len(tube_overlaps(one, two, 2)[0]) == 0


def test_offset(tubes_of: Callable) -> None:
    one, two = tubes_of((0, 1, {1: BOX})), tubes_of((0, 1, {1: HALF}))
    assert tube_overlaps(one, two, 1)[2][0] == 0.5
    assert tube_overlaps(one, two, 1, offset=1)[2][0] == pytest.approx(66 / 121)


def test_a_single_common_frame_can_be_too_few(tubes_of: Callable) -> None:
    one, two = tubes_of((0, 1, {1: BOX, 2: BOX})), tubes_of((0, 1, {2: BOX, 3: BOX}))
    assert tube_overlaps(one, two, 1)[2].tolist() == pytest.approx([1 / 3])
    assert len(tube_overlaps(one, two, 1, min_common=2)[2]) == 0


def test_chunks_do_not_matter(
    tubes_of: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)

    def some() -> tuple:
        frames = rng.permutation(12)[:8]
        corners = rng.integers(0, 5, (8, 2))
        boxes = np.concatenate([corners, corners + 5], axis=1)
        return (0, 1, dict(zip(frames.tolist(), boxes.tolist(), strict=True)))

    one, two = tubes_of(*(some() for _ in range(4))), tubes_of(some(), some(), some())
    whole = tube_overlaps(one, two, 1)
    monkeypatch.setattr("stal_plugin.structures.tubes.MAX_PAIRS", 5)
    parts = tube_overlaps(one, two, 1)
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_allclose(a, b)
    for i, j, overlap in zip(*whole, strict=True):
        a, b = one.tube_ids == i, two.tube_ids == j
        left = dict(zip(one.frame_ids[a].tolist(), one.boxes[a], strict=True))
        right = dict(zip(two.frame_ids[b].tolist(), two.boxes[b], strict=True))
        common = set(left) & set(right)
        ious = []
        for frame in common:
            p, q = left[frame], right[frame]
            w = max(0, min(p[2], q[2]) - max(p[0], q[0]))
            h = max(0, min(p[3], q[3]) - max(p[1], q[1]))
            ious.append(w * h / (50 - w * h))
        temporal = len(common) / len(set(left) | set(right))
        assert overlap == pytest.approx(temporal * np.mean(ious))


def test_suppression_by_hand(tubes_of: Callable) -> None:
    # the second repeats the best, the third is another class, the fourth elsewhere
    far = [50.0, 50, 60, 60]
    tubes = tubes_of(
        (0, 0.5, {1: BOX, 2: BOX}),
        (0, 0.9, {1: BOX, 2: HALF}),
        (1, 0.4, {1: BOX}),
        (0, 0.1, {1: far}),
    )
    kept = nms_tubes(tubes, 2, 0.3)
    assert kept.scores.tolist() == [0.9, 0.4, 0.1]
    assert len(nms_tubes(tubes, 2, 0.75)) == 4  # the overlap is 3/4
