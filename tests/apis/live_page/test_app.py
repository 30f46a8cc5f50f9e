"""What the server answers, over a real connection."""

import email
import json
from threading import Event, Thread

import pytest

from stal_plugin.apis.live_page.access import Access
from stal_plugin.apis.live_page.hub import Message
from stal_plugin.apis.live_page.picture_slot import encode_jpeg
from stal_plugin.apis.live_page.schemas import Action, State
from stal_plugin.apis.live_page.schemas import Event as EventSchema

TOKEN = "0123456789abcdef-X"
HOSTILE = "<img src=x onerror=alert(1)>\n\u2028</script>"
PATHS = (
    *("/", "/static/live.js", "/static/absent", "/state", "/events", "/thresholds"),
    *("/picture/0", "/frame/0", "/openapi.json", "/absent", "/static/%2e%2e/app.py"),
)


def test_state_is_what_the_detector_found(serve, make_state, make_result):
    state = make_state("door", "yard")
    state.put("yard", make_result(3, boxes=[(1, 2, 3, 4)], labels=[1], latency=0.125))
    status, found = serve(state).get("/state")
    assert status == 200
    assert State.model_validate(found)
    assert [s["name"] for s in found["streams"]] == ["door", "yard"]
    yard = found["streams"][1]
    assert (yard["frame"], yard["time"], yard["latency"]) == (3, 0.08, 0.125)
    assert (yard["state"], yard["people"]) == ("running", 1)
    assert [c["name"] for c in found["classes"]] == ["wave", "jump"]


def test_thresholds_are_moved_for_all(serve, make_state, messages):
    state = make_state()
    served = serve(state)
    listener = messages(served.open("/events"))
    assert next(listener)[0] == "state"
    status, told = served.post("/thresholds", [{"label": 1, "threshold": 0.75}])
    assert status == 200
    assert [Action(**c).threshold for c in told] == [0.3, 0.75]
    assert served.get("/thresholds") == (200, told)
    assert next(data for kind, data in listener if kind == "thresholds") == told
    assert served.post("/thresholds", [{"threshold": 0.5}])[0] == 200
    assert state.thresholds.values.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([{"label": 0, "threshold": 0.01}], "0.05, where the detector ends, to 1"),
        ([{"label": 2, "threshold": 0.5}], "label 2 is not in 0..1"),
        ([{"label": -1, "threshold": 0.5}], "greater than or equal to 0"),
        ([{"label": 0, "threshold": 1.5}], "less than or equal to 1"),
        ([{"label": 0, "threshold": "x"}], "valid number"),
        ([{"label": 0, "threshold": float("nan")}], "finite number"),
        ([{"label": 0}], "Field required"),
        ([{"label": 0, "threshold": 0.5, "x": 1}], "Extra inputs"),
        ({"label": 0, "threshold": 0.5}, "valid list"),
    ],
)
def test_what_is_no_threshold(serve, make_state, body, reason):
    state = make_state()
    status, told = serve(state).post("/thresholds", body)
    assert status == 422
    assert reason in told["detail"]
    assert state.thresholds.values.tolist() == [0.3, 0.3]


def test_events_come_as_they_happen(serve, make_state, make_result, messages):
    state = make_state()
    served = serve(state)
    for query, expected in (("", {"event"}), ("?results=true", {"event", "result"})):
        listener = messages(served.open(f"/events{query}"))
        kind, first = next(listener)
        assert kind == "state"
        assert first.keys() == State.model_fields.keys()
        state.put("door", make_result(7, boxes=[(1, 2, 3, 4)], labels=[0]))
        event = {"number": 1, "stream": 0, "event": "start", "track_id": 0, "label": 0}
        event |= {"name": "wave", "start": 0.0, "end": 0.3, "score": 0.5}
        assert EventSchema(**event)
        state.hub.publish(Message("event", lambda told=event: told))
        found: dict = {}
        while found.keys() != expected:
            kind, data = next(listener)
            if kind in ("event", "result"):
                found[kind] = data
        assert found["event"] == event
        if "result" in found:
            assert found["result"]["detections"][0]["box"] == [1, 2, 3, 4]


def test_status_comes_by_itself(serve, make_state, messages):
    listener = messages(serve(make_state()).open("/events"))
    status = next(data for kind, data in listener if kind == "status")
    assert status["clients"] == 1
    assert [s["state"] for s in status["streams"]] == ["waiting"]


def test_pictures(serve, make_state, make_result):
    state = make_state("door", "yard")
    result = make_result(4, boxes=[(1, 2, 3, 4)], labels=[1])
    state.put("yard", result)
    served = serve(state)
    answer = served.open("/picture/1?after=3")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-frame"] == "4"
    jpeg = answer.read()
    assert jpeg == encode_jpeg(result.image, 960)
    answer = served.open("/frame/1")
    head = f"content-type: {answer.headers['content-type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + answer.read())
    numbers, picture = form.get_payload()
    assert numbers.get_param("name", header="content-disposition") == "result"
    assert json.loads(numbers.get_payload()) == {
        **result.to_dict(),
        **{"stream": 1, "width": 80, "height": 60, "left_out": 0},
    }
    assert picture.get_content_type() == "image/jpeg"
    assert picture.get_payload(decode=True).rstrip(b"\r\n") == jpeg
    assert state.streams[1].pictures.num_encoded == 1
    assert served.get("/picture/2") == (404, {"detail": "stream 2 does not exist"})
    assert served.get("/picture/-1")[0] == 404
    assert served.get("/picture/x")[0] == 422


def test_no_picture_in_time(serve, make_state, monkeypatch):
    monkeypatch.setattr("stal_plugin.apis.live_page.app._LONGEST_WAIT", 0.01)
    served = serve(make_state())
    assert served.get("/picture/0") == (204, b"")
    assert served.get("/frame/0") == (204, b"")


def test_every_answer_has_the_headers(serve, make_state, make_result):
    state = make_state()
    state.put("door", make_result(1))
    served = serve(state)
    for path in PATHS:
        headers = served.open(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; "), path
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_nothing_without_the_token(serve, make_state, make_result, capfd, caplog):
    state = make_state()
    state.put("door", make_result(1))
    served = serve(state, TOKEN)
    cookie = "=".join(Access(TOKEN).cookie)
    for path in PATHS:
        status, text = served.get(path)
        assert status == 401, path
        assert b"needs its token" in text
        wanted = 404 if "absent" in path or "%2e" in path else 200
        for key in ({"authorization": f"Bearer {TOKEN}"}, {"cookie": cookie}):
            assert served.open(path, **key).status == wanted, path
    assert served.get("/state?token=" + TOKEN)[0] == 401  # would go into histories
    assert served.post("/thresholds", [{"threshold": 0.5}])[0] == 401
    assert state.thresholds.values.tolist() == [0.3, 0.3]
    served.close()
    written = capfd.readouterr()
    assert TOKEN not in written.out + written.err + caplog.text


def test_the_address_with_the_token_gives_a_cookie(serve, make_state):
    served = serve(make_state(), TOKEN)
    assert served.open("/?token=wrong-wrong-wrong").status == 401
    answer = served.open(f"/?token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie, *rules = answer.headers["set-cookie"].split("; ")
    assert rules == ["Path=/", "HttpOnly", "SameSite=Lax"]
    assert TOKEN not in cookie
    assert served.get("/state", cookie=cookie)[0] == 200


def test_foreign_names_and_sites(serve, make_state):
    state = make_state()
    served = serve(state)
    assert served.open("/", host="evil.example").status == 421
    assert served.open("/state", sec_fetch_site="cross-site").status == 403
    change = [{"threshold": 0.5}]
    for headers in (
        {"origin": "http://evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"content_type": "text/plain"},
    ):
        assert served.post("/thresholds", change, **headers)[0] in (403, 415)
    assert state.thresholds.values.tolist() == [0.3, 0.3]


def test_a_hostile_name_stays_text(serve, make_state, make_result, messages):
    state = make_state(HOSTILE, classes=(HOSTILE, "b"))
    result = make_result(1, boxes=[(1, 2, 3, 4)], labels=[0])
    object.__setattr__(result, "classes", (HOSTILE, "b"))
    state.put(HOSTILE, result)
    state.end(HOSTILE, HOSTILE)
    served = serve(state)
    answer = served.open("/state")
    assert answer.headers["content-type"] == "application/json"
    found = json.loads(answer.read())
    assert found["classes"][0]["name"] == HOSTILE
    assert found["streams"][0]["error"] == HOSTILE
    kind, told = next(messages(served.open("/events")))  # one line of data
    assert (kind, told["streams"][0]["name"]) == ("state", HOSTILE)
    assert b"onerror" not in served.get("/")[1]


def test_the_number_of_listeners_is_bounded(serve, make_state, messages):
    state = make_state(clients=2)
    served = serve(state)
    listening = [served.open("/events") for _ in range(2)]
    assert [next(messages(answer))[0] for answer in listening] == ["state"] * 2
    status, told = served.get("/events")
    assert status == 503
    assert told == {"detail": "2 browsers are listening already, close one"}
    assert served.get("/state")[1]["clients"] == 2
    for answer in listening:
        answer.close()
    while len(state.hub):  # left as soon as the server notices
        state.publish_status()
    assert next(messages(served.open("/events")))[0] == "state"


def test_a_slow_browser_slows_nobody(serve, make_state, messages):
    """One does not read at all while 18 MB are sent; another one gets everything."""
    state = make_state()
    served = serve(state)
    slow = served.open("/events")
    quick = messages(served.open("/events"))
    next(quick)
    pad = "x" * 30_000
    for n in range(600):
        state.hub.publish(Message("event", lambda n=n: {"number": n, "pad": pad}))
        kind = data = None
        while kind != "event":
            kind, data = next(quick)
        assert data["number"] == n
    assert state.hub.num_dropped > 0
    kinds = [next(messages(slow))[0]]
    assert kinds == ["state"]


def test_the_document_describes_every_path(serve, make_state):
    status, document = serve(make_state()).get("/openapi.json")
    assert status == 200
    assert document["openapi"].startswith("3.")
    paths = {path: sorted(methods) for path, methods in document["paths"].items()}
    assert paths == {
        "/state": ["get"],
        "/events": ["get"],
        "/thresholds": ["get", "post"],
        "/picture/{stream}": ["get"],
        "/frame/{stream}": ["get"],
    }
    state = document["components"]["schemas"]["State"]
    assert set(state["properties"]) == set(State.model_fields)
    events = document["paths"]["/events"]["get"]["responses"]["200"]["content"]
    assert "text/event-stream" in events


def test_the_end_of_the_server_ends_the_listeners(serve, make_state, messages):
    served = serve(make_state())
    answer = served.open("/events")
    listener = messages(answer)
    next(listener)
    ended = Event()

    def read_on() -> None:
        for _ in listener:
            pass
        ended.set()

    reader = Thread(target=read_on)
    reader.start()
    served.close()
    reader.join()
    assert ended.is_set()
