"""The rule of MultiSports against mmaction2's copy of its evaluation."""

from collections.abc import Callable

import numpy as np
import pytest
from mmaction.evaluation.functional import multisports_utils

from stal_plugin.evaluation import frame_ap, video_ap
from stal_plugin.structures import BoxTable, Tubes

LENGTH, VIDEOS, CLASSES = 12, 4, 2
NAMES = [f"v{i}" for i in range(VIDEOS)]


def random_tubes(rng: np.random.Generator, count: int) -> list[tuple]:
    """Label, score, video, first frame and boxes of tubes without gaps."""
    tubes = []
    for _ in range(count):
        first = int(rng.integers(1, LENGTH - 2))
        size = int(rng.integers(2, LENGTH + 2 - first))
        corner = rng.uniform(0, 12, 2)
        boxes = np.tile([*corner, *(corner + rng.uniform(18, 26, 2))], (size, 1))
        row = rng.integers(CLASSES), rng.random(), rng.integers(VIDEOS), first, boxes
        tubes.append(row)
    return tubes


def ours(tubes: list[tuple]) -> Tubes:
    lengths = [len(boxes) for *_, boxes in tubes]
    frames = [v * LENGTH + first - 1 + np.arange(len(b)) for _, _, v, first, b in tubes]
    return Tubes(
        np.array([label for label, *_ in tubes], np.int64),
        np.array([score for _, score, *_ in tubes]),
        np.repeat(np.arange(len(tubes)), lengths),
        np.concatenate(frames),
        np.concatenate([boxes for *_, boxes in tubes]),
    )


def rows(first: int, boxes: np.ndarray) -> np.ndarray:
    return np.column_stack([first + np.arange(len(boxes)), boxes])


def ground_truth(tubes: list[tuple]) -> dict:
    gttubes: dict = {name: {} for name in NAMES}
    for label, _, video, first, boxes in tubes:
        own = gttubes[NAMES[video]].setdefault(int(label), [])
        own.append(rows(first, boxes))
    labels = [f"class {k}" for k in range(CLASSES)]
    return {"labels": labels, "test_videos": [NAMES], "gttubes": gttubes}


@pytest.mark.parametrize("seed", range(5))
def test_video_ap_equals_the_hosts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gts, dets = random_tubes(rng, 12), random_tubes(rng, 40)
    found: dict = {k: [] for k in range(CLASSES)}
    for label, score, video, first, boxes in dets:
        found[int(label)].append((NAMES[video], score, rows(first, boxes)))
    truth = ground_truth(gts)
    videos = np.repeat(np.arange(VIDEOS), LENGTH)
    means = []
    for thr in (0.1, 0.2, 0.5):
        expected = multisports_utils.videoAP(truth, found, thr, print_info=False)
        result = video_ap(ours(dets), ours(gts), videos, CLASSES, [thr], "multisports")
        assert 100 * result.mean[0] == pytest.approx(expected)
        means.append(expected)
    assert means[0] > means[-1] > 0


def test_frame_ap_equals_the_hosts() -> None:
    rng = np.random.default_rng(0)
    gts, dets = random_tubes(rng, 12), random_tubes(rng, 40)

    def table(tubes: list[tuple]) -> BoxTable:
        every = ours(tubes)
        scores = rng.random(len(every.tube_ids))
        labels = every.labels[every.tube_ids]
        return BoxTable(every.frame_ids, every.boxes, labels, scores=scores)

    found, truth = table(dets), table(gts)
    columns = (found.frames // LENGTH, found.frames % LENGTH + 1, found.labels)
    alldets = np.column_stack([*columns, found.scores, found.boxes])
    expected = multisports_utils.frameAP(ground_truth(gts), alldets, 0.5, False)
    result = frame_ap(found, truth, CLASSES, [0.5], "multisports")
    assert 100 * result.mean[0] == pytest.approx(expected)
    assert expected > 1


def test_steps_are_counted_not_frames(tubes_of: Callable) -> None:
    box = [0.0, 0, 10, 10]
    gts = tubes_of((0, 1, dict.fromkeys(range(5), box)))
    tubes = tubes_of((0, 0.9, dict.fromkeys(range(3), box)))
    videos = np.zeros(8, np.int64)
    # 3 of 5 frames, 2 of 4 steps
    for name, thr, ap in (
        *(("voc", 0.6, 1), ("voc", 0.61, 0)),
        *(("multisports", 0.5, 1), ("multisports", 0.51, 0)),
    ):
        assert video_ap(tubes, gts, videos, 1, [thr], name).ap[0, 0] == ap
