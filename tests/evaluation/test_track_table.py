import numpy as np

from stal_plugin.evaluation.track_table import Track, TrackTable


def _table(*ids: int) -> TrackTable:
    """Track i: stream 9, box of i, scores (i / 10, 1 / 2), frames i and 2 i, i hits."""
    i = np.array(ids)
    scores = np.stack([i / 10, np.full(len(i), 0.5)], axis=1)
    boxes = np.repeat(i[:, None].astype(float), 4, axis=1)
    return TrackTable(np.full(len(i), 9), i, boxes, scores, i, 2 * i, i)


def test_label_and_score_are_the_best_class() -> None:
    table = _table(3, 7)
    assert table.labels.tolist() == [1, 0]
    assert table.scores.tolist() == [0.5, 0.7]


def test_rows_stay_together() -> None:
    table = _table(3, 7, 4).take(np.array([2, 0])).joined(_table(1))
    assert table.ids.tolist() == [4, 3, 1]
    assert table.boxes[:, 0].tolist() == [4, 3, 1]
    assert table.class_scores[:, 0].tolist() == [0.4, 0.3, 0.1]
    assert table.last_frames.tolist() == [8, 6, 2]
    assert len(TrackTable.empty(2).joined(table)) == 3


def test_one_by_one() -> None:
    first, second = _table(3, 7).tracks()
    assert (first.track_id, first.label, first.score) == (3, 1, 0.5)
    assert (second.first_frame, second.last_frame, second.num_hits) == (7, 14, 7)
    assert second.box.tolist() == [7] * 4
    assert TrackTable.empty(2).tracks() == []


def test_score_of_a_track_is_that_of_its_label() -> None:
    track = Track(4, np.arange(4.0), 1, np.array([0.2, 0.7]), 3, 9, 5)
    assert track.score == 0.7
