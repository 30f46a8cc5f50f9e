from collections.abc import Callable

import numpy as np

from stal_plugin.apis import ActionEvents
from stal_plugin.evaluation import Track

BOX = np.array([0.0, 0, 10, 10])


def _track(track_id: int, scores: tuple[float, ...]) -> Track:
    values = np.array(scores)
    return Track(track_id, BOX, int(values.argmax()), values, 1, 1, 1)


def _feed(events: ActionEvents, make_result: Callable, plan: list) -> list:
    """plan: (seconds, tracks) of each frame."""
    out = []
    for number, (seconds, tracks) in enumerate(plan, 1):
        result = make_result(number, tracks=tuple(tracks), time=seconds)
        out += [(seconds, e) for e in events.update(result)]
    return out


def test_start_is_announced_late_and_dated_back(make_result: Callable) -> None:
    events = ActionEvents(min_seconds=0.3, max_gap=1.0)
    wave, jump = _track(7, (0.9, 0.1)), _track(7, (0.2, 0.6))
    plan = [(k / 10, [wave]) for k in range(6)]
    plan += [(k / 10, [jump]) for k in range(6, 30)]
    found = _feed(events, make_result, plan)
    assert [(round(t, 1), e.kind, e.name, e.start, e.end) for t, e in found] == [
        (0.3, "start", "wave", 0.0, 0.3),
        (0.9, "start", "jump", 0.6, 0.9),
        (1.6, "end", "wave", 0.0, 0.5),
    ]
    (last,) = events.close()
    assert (last.kind, last.track_id, last.start, last.end) == ("end", 7, 0.6, 2.9)
    assert events.close() == []


def test_short_actions_are_left_out_and_gaps_bridged(make_result: Callable) -> None:
    wave = _track(1, (0.5, 0.1))
    short = [(0.0, [wave]), (0.1, [wave]), (5.0, [])]
    assert _feed(ActionEvents(), make_result, short) == []
    events = ActionEvents(max_gap=1.0)
    bridged = [(0.0, [wave]), (0.9, [wave]), (1.8, [wave]), (2.0, [])]
    _feed(events, make_result, bridged)
    (end,) = events.close()
    assert (end.start, end.end) == (0.0, 1.8)


def test_best_score_is_kept_and_persons_are_apart(make_result: Callable) -> None:
    events = ActionEvents(min_seconds=0.0)
    first = [_track(1, (0.9, 0.1)), _track(2, (0.4, 0.1))]
    later = [_track(1, (0.5, 0.1)), _track(2, (0.6, 0.1))]
    found = _feed(events, make_result, [(0.0, first), (0.5, later)])
    assert [(e.track_id, e.score) for _, e in found] == [(1, 0.9), (2, 0.4)]
    assert [(e.track_id, e.score) for e in events.close()] == [(1, 0.9), (2, 0.6)]


def test_several_actions_at_once(make_result: Callable) -> None:
    events = ActionEvents(min_seconds=0.0, multilabel_thr=0.4)
    found = _feed(events, make_result, [(0.0, [_track(3, (0.5, 0.4))])])
    assert [e.name for _, e in found] == ["wave", "jump"]


def test_memory_does_not_grow(make_result: Callable) -> None:
    events = ActionEvents(min_seconds=0.0, max_gap=0.5)
    plan = [(float(k), [_track(k, (0.9, 0.1))]) for k in range(50)]
    found = _feed(events, make_result, plan)
    assert len(found) == 99
    assert len(events._going_on) == len(events._announced) == 1
