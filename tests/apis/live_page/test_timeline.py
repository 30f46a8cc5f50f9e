from stal_plugin.apis import ActionEvent
from stal_plugin.apis.live_page.timeline import Timeline


def _event(kind: str, track_id: int, start: float, end: float) -> ActionEvent:
    return ActionEvent(kind, track_id, 0, "wave", start, end, 0.5)


def _spans(timeline: Timeline, now: float) -> list[tuple]:
    return [(s.track_id, s.kind, s.start, s.end) for s in timeline.segments(now)]


def test_an_action_goes_on_until_its_end():
    timeline = Timeline(seconds=10)
    timeline.add(_event("start", 4, 1.0, 1.5))
    assert _spans(timeline, 3.0) == [(4, "start", 1.0, 3.0)]
    timeline.add(_event("start", 5, 2.0, 2.5))
    timeline.add(_event("end", 4, 1.0, 2.5))
    assert _spans(timeline, 4.0) == [(4, "end", 1.0, 2.5), (5, "start", 2.0, 4.0)]


def test_the_same_action_again_is_another_one():
    timeline = Timeline()
    for kind, start, end in (("start", 1, 2), ("end", 1, 3), ("start", 5, 6)):
        timeline.add(_event(kind, 0, start, end))
    assert _spans(timeline, 7) == [(0, "end", 1, 3), (0, "start", 5, 7)]


def test_what_ended_long_ago_is_forgotten():
    timeline = Timeline(seconds=10, most=3)
    timeline.add(_event("start", 9, 0.5, 0.8))
    for n in range(5):
        timeline.add(_event("end", n, n, n + 1))
    assert [s[0] for s in _spans(timeline, 5.0)] == [9, 2, 3, 4]
    assert [s[0] for s in _spans(timeline, 14.5)] == [9, 4]
    assert [s[0] for s in _spans(timeline, 99.0)] == [9]
