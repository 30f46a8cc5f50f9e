import numpy as np
import pytest

from stal_plugin.apis.live_page.thresholds import Thresholds, above_thresholds


def test_moves_count_together_or_not_at_all():
    thresholds = Thresholds(3, initial=0.3, floor=0.05)
    before = thresholds.values
    thresholds.move({1: 0.05, 2: 1.0})
    assert thresholds.values.tolist() == [0.3, 0.05, 1.0]
    assert before.tolist() == [0.3, 0.3, 0.3]  # whoever holds these goes on with them
    for changes in ({0: 0.5, 1: 0.04}, {0: 0.5, 3: 0.5}, {0: 0.5, -1: 0.5}):
        with pytest.raises(
            ValueError, match=r"threshold 0\.04 of label 1|label (3|-1)"
        ):
            thresholds.move(changes)
    with pytest.raises(ValueError, match="threshold nan of label 0 must be"):
        thresholds.move({0: float("nan")})
    assert thresholds.values.tolist() == [0.3, 0.05, 1.0]


@pytest.mark.parametrize(("initial", "floor"), [(0.1, 0.2), (1.1, 0.2), (0.3, -0.1)])
def test_what_cannot_be_chosen(initial, floor):
    with pytest.raises(ValueError, match="must be from score_floor"):
        Thresholds(2, initial, floor)


def test_rows_count_from_the_threshold_of_their_class(make_result):
    boxes = [(0, 0, 4, 4), (1, 0, 4, 4), (2, 0, 4, 4), (3, 0, 4, 4)]
    scores = (0.5, 0.5, 0.25, 0.125)
    result = make_result(boxes=boxes, labels=(0, 1, 1, 0), scores=scores)
    counted = above_thresholds(result, np.array([0.5, 0.25]))
    assert counted.boxes[:, 0].tolist() == [0, 1, 2]
    assert counted.scores.tolist() == [0.5, 0.5, 0.25]
    assert counted.labels.tolist() == [0, 1, 1]
    assert counted.track_ids.tolist() == [0, 1, 2]
    assert len(counted.objectness) == 3
    assert len(result) == 4


def test_votes_count_from_the_threshold_of_their_class(make_result, make_track):
    tracks = (
        make_track(0, (0.4, 0.3)),  # the best class does not count, the other does
        make_track(1, (0.5, 0.6)),
        make_track(2, (0.4, 0.1)),
    )
    counted = above_thresholds(make_result(tracks=tracks), np.array([0.5, 0.25]))
    assert [(t.track_id, t.label, t.score) for t in counted.tracks] == [
        (0, 1, 0.3),
        (1, 1, 0.6),
    ]
    assert [t.class_scores.tolist() for t in counted.tracks] == [[0, 0.3], [0.5, 0.6]]


def test_nothing_is_left_out_from_0_on(make_result, make_track):
    tracks = (make_track(0, (0.0, 0.2)), make_track(1, (0.0, 0.0)))
    result = make_result(boxes=[(0, 0, 4, 4)], labels=[1], scores=[0.0], tracks=tracks)
    counted = above_thresholds(result, np.zeros(2))
    assert len(counted) == 1
    assert [t.label for t in counted.tracks] == [1, 0]
