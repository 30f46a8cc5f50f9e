import json
from types import SimpleNamespace

import numpy as np
import pytest

from stal_plugin.apis import ActionEvents
from stal_plugin.apis.live_page.schemas import State
from stal_plugin.apis.live_page.thresholds import Thresholds
from stal_plugin.visualization.labels import class_colors


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _wave(make_result, make_track, frame, scores, **others):
    """Person 3 on a frame, with a score for each of two classes."""
    rows = [label for label in (0, 1) if scores[label] > 0]
    return make_result(
        frame,
        boxes=[(1, 2, 30, 40)] * len(rows),
        labels=rows,
        scores=[scores[label] for label in rows],
        track_ids=[3] * len(rows),
        tracks=(make_track(3, scores),),
        **others,
    )


def test_events_are_those_of_action_events(make_state, make_result, make_track):
    state = make_state(thresholds=Thresholds(2, 0.05, 0.05))
    direct, expected = ActionEvents(), []
    rng = np.random.default_rng(3)
    scores = rng.uniform(0.1, 0.9, (200, 2)).cumsum(0)
    for n, pair in enumerate(scores / np.arange(1, 201)[:, None], 1):
        busy = pair if n % 60 < 30 else (0.0, 0.0)
        result = _wave(make_result, make_track, n, busy)
        if n % 60 >= 30:
            result = make_result(n)
        expected += direct.update(result)
        state.put("door", result)
    expected += direct.close()
    state.end("door")
    told = [
        {k: v for k, v in e.items() if k not in ("number", "stream")}
        for e in state.events()
    ]
    assert told == [e.to_dict() for e in expected]
    assert len(told) >= 8
    assert [e["number"] for e in state.events()] == list(range(1, len(told) + 1))


def test_a_moved_threshold_counts_from_the_next_frame(
    make_state, make_result, make_track
):
    state = make_state(thresholds=Thresholds(2, 0.5, 0.1))
    for n in range(1, 21):
        state.put("door", _wave(make_result, make_track, n, (0.2, 0.3)))
    assert state.events() == []
    assert state.status()["streams"][0]["people"] == 0
    state.move_thresholds({1: 0.3})
    for n in range(21, 41):
        state.put("door", _wave(make_result, make_track, n, (0.2, 0.3)))
    (start,) = state.events()
    assert (start["event"], start["name"], start["track_id"]) == ("start", "jump", 3)
    assert start["start"] == 0.8  # frame 21
    assert state.status()["streams"][0]["people"] == 1
    state.move_thresholds({1: 0.9})
    for n in range(41, 100):
        state.put("door", _wave(make_result, make_track, n, (0.2, 0.3)))
    assert [(e["event"], e["end"]) for e in state.events()[1:]] == [("end", 1.56)]


def test_several_labels_at_a_time(make_state, make_result, make_track):
    state = make_state(multilabel=True)
    for n in range(1, 21):
        state.put("door", _wave(make_result, make_track, n, (0.4, 0.35)))
    assert {e["name"] for e in state.events()} == {"wave", "jump"}
    state = make_state(multilabel=False)
    for n in range(1, 21):
        state.put("door", _wave(make_result, make_track, n, (0.4, 0.35)))
    assert {e["name"] for e in state.events()} == {"wave"}


def test_speed_and_latency(make_state, make_result):
    clock = Clock()
    state = make_state(clock=clock)
    for n in range(1, 11):
        clock.now += 0.25
        state.put("door", make_result(n, latency=0.1 * n, skipped=2, lost=n))
    clock.now += 0.5
    (stream,) = state.status()["streams"]
    assert stream["fps"] == 4.0
    assert stream["latency"] == pytest.approx(0.55)
    assert (stream["frame"], stream["time"]) == (10, 0.36)
    assert (stream["skipped"], stream["lost"], stream["age"]) == (20, 10, 0.5)
    clock.now += 2
    assert state.status()["streams"][0]["fps"] == 0.0


def test_how_a_stream_fares(make_state, make_result):
    clock = Clock()
    source = SimpleNamespace(lost_since=None)
    state = make_state(sources={"door": source, "yard": None}, clock=clock)

    def phases() -> list[tuple]:
        return [(s["state"], s["since"] is None) for s in state.status()["streams"]]

    assert phases() == [("waiting", True)] * 2
    state.put("door", make_result(1))
    assert phases()[0] == ("running", True)
    source.lost_since = 98.0
    assert phases() == [("reconnecting", False), ("waiting", True)]
    source.lost_since = None
    assert phases()[0] == ("running", True)
    yard = SimpleNamespace(lost_since=97.0, error="yard cannot be opened")
    absent = make_state(sources={"yard": yard}, clock=clock).status()["streams"][0]
    assert (absent["state"], absent["error"]) == ("reconnecting", yard.error)
    state.end("door", "door is lost")
    state.end("yard")
    assert phases() == [("failed", False), ("ended", False)]
    assert [s["error"] for s in state.status()["streams"]] == ["door is lost", None]


def test_since_when_is_told_by_the_clock_on_the_wall(make_state, monkeypatch):
    clock = Clock()
    state = make_state(sources={"door": SimpleNamespace(lost_since=98.0)}, clock=clock)
    monkeypatch.setattr("time.time", lambda: 5000.0)
    assert state.status()["streams"][0]["since"] == 4998.0
    clock.now += 10
    monkeypatch.setattr("time.time", lambda: 5010.0)
    assert state.status()["streams"][0]["since"] == 4998.0


def test_snapshot(make_state, make_result, make_track):
    state = make_state("door", "yard", log=3)
    for n in range(1, 190):
        busy = n % 50 < 20
        result = _wave(make_result, make_track, n, (0.4, 0)) if busy else make_result(n)
        state.put("yard", result)
    state.move_thresholds({0: 0.25})
    snapshot = json.loads(json.dumps(state.snapshot()))
    assert State.model_validate(snapshot, strict=True).model_dump() == snapshot
    colors = ["#{:02x}{:02x}{:02x}".format(*c) for c in class_colors(2).tolist()]
    assert [c["color"] for c in snapshot["classes"]] == colors
    assert [c["threshold"] for c in snapshot["classes"]] == [0.25, 0.3]
    assert snapshot["floor"] == 0.05
    assert snapshot["num_events"] == 7  # four begin, three end
    assert [e["number"] for e in snapshot["events"]] == [5, 6, 7]
    assert {e["stream"] for e in snapshot["events"]} == {1}
    spans = [(s["start"], s["end"], s["ended"]) for s in snapshot["timeline"]]
    assert spans == [
        (0.0, 0.72, True),
        (1.96, 2.72, True),
        (3.96, 4.72, True),
        (5.96, 7.52, False),
    ]


def test_what_is_published(make_state, make_result, make_track):
    state = make_state()
    mailbox = state.hub.join(results=True)
    for n in range(1, 11):
        state.put("door", _wave(make_result, make_track, n, (0.4, 0)))
    state.move_thresholds({0: 0.5})
    state.publish_status()
    texts = [m.sse.decode() for m in mailbox._pop()]
    kinds = [text.split("\n")[0] for text in texts]
    assert kinds == [f"event: {k}" for k in ("event", "result", "thresholds", "status")]
    result = json.loads(texts[1].partition("data: ")[2])
    assert (result["frame"], result["stream"]) == (10, 0)
    assert result["detections"][0]["name"] == "wave"
