import numpy as np

from stal_plugin.apis.sources import Frame


def test_frames_follow_without_a_gap_unless_told() -> None:
    frame = Frame(np.zeros((2, 2, 3), np.uint8), 1, 0.0, 0.0)
    assert not frame.after_gap
