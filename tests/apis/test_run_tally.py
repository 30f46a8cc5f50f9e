from collections.abc import Callable

from stal_plugin.apis.run_tally import RunTally


def test_a_line_tells_what_was_done(make_result: Callable) -> None:
    tally = RunTally()
    assert tally.line() == "no frame was read"
    tally.add(make_result(3, boxes=[(1, 1, 5, 5)] * 2, labels=[0, 1]))
    tally.add(make_result(7))
    tally.seconds = 4.0
    assert tally.num_detections == 2
    assert tally.line() == "2 of 7 frames in 4.0 s (0.5 per second)"
    tally.num_frames = 9
    tally.add(make_result(8, lost=2))
    assert tally.line() == "3 of 9 frames in 4.0 s (0.8 per second), 2 lost"
