import numpy as np

from stal_plugin.evaluation import Track


def test_score_is_that_of_the_label() -> None:
    track = Track(4, np.arange(4.0), 1, np.array([0.2, 0.7]), 3, 9, 5)
    assert track.score == 0.7
