import numpy as np
import pytest

from stal_plugin.annotations.splits.clip_cuts import choose_cuts, possible_cuts


def _cuts(spans: list, labels: list, margin: int = 0, video: int = 0) -> list:
    return possible_cuts(
        video, 100, np.array(spans), np.array(labels), max(labels) + 1, margin
    )


def test_cuts_lie_between_clips() -> None:
    # clips 1-20 and 10-30 overlap; 41-50 follows
    cuts = _cuts([(1, 20), (10, 30), (41, 50)], [0, 1, 0])
    parts = {(c.train, c.test) for c in cuts}
    assert parts == {
        ((1, 100), None),
        (None, (1, 100)),
        ((1, 35), (36, 100)),
        ((36, 100), (1, 35)),
    }
    counts = {c.train: c.counts.tolist() for c in cuts}
    assert counts[(1, 35)] == [[1, 1], [1, 0]]
    assert counts[(36, 100)] == [[1, 0], [1, 1]]


def test_margin_is_left_free() -> None:
    spans = [(1, 20), (31, 40)]
    train, test = (
        _cuts(spans, [0, 0], margin=8)[2].train,
        _cuts(spans, [0, 0], 8)[2].test,
    )
    assert (train, test) == ((1, 21), (30, 100))
    assert len(_cuts(spans, [0, 0], margin=10)) == 4
    assert len(_cuts(spans, [0, 0], margin=11)) == 2


def test_the_ratio_is_met() -> None:
    spans = [(10 * i + 1, 10 * i + 5) for i in range(10)]
    cuts = [c for v in range(2) for c in _cuts(spans, [0, 1] * 5, video=v)]
    chosen = choose_cuts(cuts, 2, 0.7, ["a", "b"])
    assert [c.video for c in chosen] == [0, 1]
    train = sum(c.counts[0] for c in chosen)
    assert (np.abs(train - 7) <= 1).all()
    assert sum(sum(c.counts) for c in chosen).tolist() == [10, 10]
    again = choose_cuts(cuts, 2, 0.7, ["a", "b"])
    assert [(c.train, c.test) for c in chosen] == [(c.train, c.test) for c in again]


def test_impossible() -> None:
    with pytest.raises(ValueError, match=r"one clip only .* 'b'"):
        choose_cuts(_cuts([(1, 5), (20, 30), (40, 50)], [0, 1, 0]), 1, 0.7, "ab")
    with pytest.raises(ValueError, match="no cut of the videos has each class"):
        choose_cuts(_cuts([(1, 30), (20, 50)], [0, 0]), 1, 0.7, "a")
