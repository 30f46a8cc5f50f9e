import numpy as np

from stal_plugin.annotations import Annotation
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.visualization import SplitFrames
from stal_plugin.visualization.selection import (
    choose_frames,
    choose_varied,
    choose_videos,
    evaluated_frames,
    frame_outcomes,
)


def test_outcomes_by_hand(annotation: Annotation, predictions: BoxTable) -> None:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    outcomes = frame_outcomes(frames, 3, score_thr=0.3)
    expected = np.zeros((11, 3, 3), int)
    expected[0, 0, 0] = 1  # hit
    expected[1, 1, 0] = expected[1, 2, 1] = 1  # wrong class: one missed, one false
    expected[2, 1, 0] = 1  # score too low
    expected[6, 0, 2] = expected[6, 1, 1] = 1  # one of two labels found
    np.testing.assert_array_equal(outcomes, expected)


def test_only_tested_frames_are_candidates(
    annotation: Annotation, predictions: BoxTable
) -> None:
    frames = SplitFrames.build(annotation, predictions, ["test"])
    assert evaluated_frames(frames).tolist() == [0, 1, 2, 6]
    outcomes = frame_outcomes(frames, 3, 0.3)
    for count, even, wrong in (
        (10, [0, 1, 2, 6], []),
        (4, [0, 2, 6], [1]),
        (3, [1, 6], [2]),  # frame 0 has no error
        (1, [2], []),
    ):
        found = choose_frames(frames, outcomes, count)
        assert [ids.tolist() for ids in found] == [even, wrong]
    assert choose_videos(frames, outcomes, 1).tolist() == [0]
    assert choose_videos(frames, outcomes, 9).tolist() == [0, 1]
    assert choose_videos(frames, outcomes, 0).tolist() == []


def test_rare_tags_are_shown() -> None:
    tags = np.zeros((100, 5), bool)
    tags[:, 0] = True
    tags[90, 3] = tags[17, 4] = True
    chosen = choose_varied(tags, np.zeros(100, int), 3)
    assert chosen.tolist() == [0, 17, 90]


def test_many_groups_are_shown() -> None:
    tags = np.ones((12, 1), bool)
    groups = np.repeat(np.arange(4), 3)
    assert choose_varied(tags, groups, 4).tolist() == [0, 3, 6, 9]


def test_choice_is_repeatable_and_without_repetition() -> None:
    rng = np.random.default_rng(0)
    tags, groups = rng.random((200, 30)) < 0.05, rng.integers(0, 9, 200)
    chosen = choose_varied(tags, groups, 40)
    assert len(np.unique(chosen)) == 40
    np.testing.assert_array_equal(chosen, choose_varied(tags, groups, 40))
    assert tags[chosen].any(0).all()
    assert len(choose_varied(tags[:5], groups[:5], 40)) == 5
    assert len(choose_varied(tags[:0], groups[:0], 40)) == 0
