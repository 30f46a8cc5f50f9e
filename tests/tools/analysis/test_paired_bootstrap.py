import numpy as np
import pytest
from analysis.paired_bootstrap import (
    Interval,
    paired_intervals,
    resampled_ap,
    video_resamples,
)
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.evaluation.frame_ap import frame_ap
from stal_plugin.structures import BoxTable

BOX = [0.0, 0.0, 10.0, 10.0]


def _dets(frames, labels, scores, hit) -> BoxTable:
    boxes = np.array([BOX if h else [50.0, 50, 60, 60] for h in hit]).reshape(-1, 4)
    scores = np.array(scores, np.float64)
    return BoxTable(
        np.array(frames, np.int64), boxes, np.array(labels, np.int64), scores=scores
    )


def _truth(labels) -> BoxTable:
    """One box on each frame."""
    labels = np.array(labels, np.int64)
    return BoxTable.from_labels(
        np.arange(len(labels)), np.array([BOX] * len(labels)).reshape(-1, 4), labels
    )


def _repeated(dets, gts, videos, weights):
    """The data with each video as often as its weight says; frames are new."""
    frames = [(f, c) for f, v in enumerate(videos) for c in range(int(weights[v]))]
    place = {pair: i for i, pair in enumerate(frames)}
    rows = [
        (r, place[f, c])
        for r, f in enumerate(dets.frames.tolist())
        for c in range(int(weights[videos[f]]))
    ]
    kept = np.array([r for r, _ in rows], np.int64)
    ids = np.array([i for _, i in rows], np.int64)
    more = BoxTable(ids, dets.boxes[kept], dets.labels[kept], scores=dets.scores[kept])
    return more, _truth([gts.labels[f] for f, _ in frames])


def test_by_hand():
    # video 0: a hit at 0.9; video 1: a false positive at 0.8 and a hit at 0.7
    dets = _dets([0, 1, 1], [0, 0, 0], [0.9, 0.8, 0.7], [1, 0, 1])
    videos = np.array([0, 1])
    weights = np.array([[1.0, 1], [2, 0], [0, 2], [1, 3]])
    ap = resampled_ap(dets, _truth([0, 0]), videos, 2, weights)
    # 1 * 1/2 + 2/3 * 1/2; all hits; precision 2 of 4 at the end; 1/4 + 3/4 * 4/7
    np.testing.assert_allclose(ap[:, 0], [5 / 6, 1, 1 / 2, 1 / 4 + 3 / 4 * 4 / 7])
    assert np.isnan(ap[:, 1]).all()


def test_a_class_without_ground_truth_in_a_resample_is_nan():
    dets = _dets([0], [0], [0.9], [1])
    weights = np.array([[1.0, 0], [0, 1]])
    ap = resampled_ap(dets, _truth([0, 1]), np.array([0, 1]), 2, weights)
    np.testing.assert_array_equal(ap, [[1, np.nan], [np.nan, 0]])


@given(
    st.integers(0, 10_000),
    st.lists(st.integers(0, 3), min_size=3, max_size=3).filter(any),
)
def test_it_is_frame_ap_on_repeated_videos(seed, weights):
    rng = np.random.default_rng(seed)
    videos = np.array([0, 0, 0, 1, 1, 2])
    gts = _truth(rng.integers(0, 2, 6))
    num = int(rng.integers(0, 30))
    dets = _dets(
        rng.integers(0, 6, num),
        rng.integers(0, 2, num),
        rng.permutation(num) / 100 + 0.01,
        rng.random(num) < 0.6,
    )
    ap = resampled_ap(dets, gts, videos, 2, np.array([weights], np.float64))
    expected = frame_ap(*_repeated(dets, gts, videos, weights), 2)
    np.testing.assert_allclose(ap, expected.ap, atol=1e-12)


def test_resamples_have_as_many_videos_and_depend_on_the_seed_only():
    drawn = video_resamples(7, 500, seed=1)
    assert drawn.shape == (500, 7)
    assert (drawn.sum(1) == 7).all()
    np.testing.assert_allclose(drawn.mean(0), 1, atol=0.15)
    np.testing.assert_array_equal(drawn, video_resamples(7, 500, seed=1))
    assert (drawn != video_resamples(7, 500, seed=2)).any()


def test_intervals_by_hand():
    base = np.zeros((101, 2))
    other = np.stack([np.linspace(-1, 1, 101), np.full(101, 0.5)], axis=1)
    other[0] = 0.25, 0.5
    (first, second), mean = paired_intervals(base, other, coverage=0.9)
    drawn = np.linspace(-1, 1, 101)[1:]
    expected = np.quantile(drawn, [0.05, 0.95])
    np.testing.assert_allclose(first, [0.25, *expected])
    assert not first.excludes_zero
    assert second == (0.5, 0.5, 0.5)
    assert second.excludes_zero
    np.testing.assert_allclose(mean, [0.375, *((expected + 0.5) / 2)])


def test_resamples_without_a_class_do_not_count_for_it():
    base = np.array([[0.5, np.nan], [0.5, np.nan], [np.nan, np.nan]])
    (first, second), mean = paired_intervals(base, base + 0.1)
    np.testing.assert_allclose(first, [0.1, 0.1, 0.1])
    assert np.isnan(second).all()
    np.testing.assert_allclose(mean, [0.1, 0.1, 0.1])


def test_equal_runs_do_not_differ():
    rng = np.random.default_rng(0)
    ap = rng.random((50, 3))
    classes, mean = paired_intervals(ap, ap)
    assert [*classes, mean] == [Interval(0, 0, 0)] * 4


@pytest.mark.parametrize(
    ("low", "high", "excludes"), [(0.1, 0.2, True), (-0.2, -0.1, True), (-1, 1, False)]
)
def test_excludes_zero(low, high, excludes):
    assert Interval(0.0, low, high).excludes_zero is excludes


def test_many_resamples_are_handled_in_parts(monkeypatch):
    dets = _dets([0, 1, 1], [0, 0, 0], [0.9, 0.8, 0.7], [1, 0, 1])
    weights = video_resamples(2, 40)
    arguments = (dets, _truth([0, 0]), np.array([0, 1]), 1, weights)
    whole = resampled_ap(*arguments)
    monkeypatch.setattr("analysis.paired_bootstrap._MAX_CELLS", 5)
    np.testing.assert_allclose(resampled_ap(*arguments), whole)
