import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stal_plugin.evaluation.event_delays import TimedAction, event_delays


def _action(video: str, label: int, start: float, end: float) -> TimedAction:
    return TimedAction(video, label, start, end, start)


def test_each_report_takes_one_action() -> None:
    actions = [
        _action("a", 0, 1, 4),
        _action("a", 0, 2, 5),  # of another person at the same time
        _action("a", 1, 1, 4),
        _action("b", 0, 10, 12),
        _action("b", 0, 20, 21),  # nobody reports it
    ]
    reports = [
        TimedAction("a", 0, 2.4, 5, 2.7),  # the second to be made
        TimedAction("a", 0, 1.2, 4, 1.5),
        TimedAction("a", 0, 3.0, 4, 3.3),  # no third person does that
        TimedAction("a", 2, 1.0, 4, 1.3),  # wrong class
        TimedAction("b", 0, 8, 10, 8.3),  # overlaps by an instant, and comes early
        TimedAction("c", 0, 10, 12, 10.3),  # wrong video
    ]
    found = event_delays(reports, actions)
    assert np.allclose(found.delays, [0.5, 0.7, -1.7])
    assert (found.num_missed, found.num_false) == (2, 3)


def test_nothing() -> None:
    assert event_delays([], []).delays.tolist() == []
    assert event_delays([], [_action("a", 0, 0, 1)])[1:] == (1, 0)
    assert event_delays([_action("a", 0, 0, 1)], [])[1:] == (0, 1)


_ACTIONS = st.lists(
    st.builds(
        lambda video, label, start, length: _action(
            video, label, start, start + length
        ),
        st.sampled_from("ab"),
        st.integers(0, 1),
        st.integers(0, 9),
        st.integers(1, 4),
    )
)


@given(_ACTIONS, _ACTIONS)
def test_counts_add_up(reports: list, actions: list) -> None:
    found = event_delays(reports, actions)
    assert len(found.delays) + found.num_false == len(reports)
    assert len(found.delays) + found.num_missed == len(actions)
    perfect = event_delays(actions, actions)
    assert perfect.num_missed == perfect.num_false == 0
    assert np.abs(perfect.delays).sum() == 0
