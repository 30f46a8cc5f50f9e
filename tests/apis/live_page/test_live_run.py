from threading import Event

from stal_plugin.apis.live_page.live_run import LiveRun
from stal_plugin.apis.stream_result import StreamResult


class Source:
    def __init__(self) -> None:
        self.closed = Event()

    def close(self) -> None:
        self.closed.set()


def _run(state, items, sources=None) -> tuple[LiveRun, list[str]]:
    ends: list[str] = []
    run = LiveRun(items, sources or {}, state, lambda: ends.append("failure"))
    run.start()
    run._thread.join()
    return run, ends


def _phases(state) -> list[tuple]:
    return [(s["state"], s["error"]) for s in state.status()["streams"]]


def test_results_reach_the_page(make_state, make_result):
    state = make_state("door", "yard")

    def detect(_):
        yield StreamResult("door", make_result(1))
        yield StreamResult("yard", make_result(5))
        yield StreamResult("door")
        yield StreamResult("yard", make_result(6))
        yield StreamResult("yard")

    run, ends = _run(state, detect)
    assert [s["frame"] for s in state.status()["streams"]] == [1, 6]
    assert _phases(state) == [("ended", None)] * 2
    assert (run.errors, ends) == ([], [])  # the page goes on showing what was there


def test_a_stream_that_fails_does_not_touch_the_others(make_state, make_result):
    state = make_state("door", "yard")

    def detect(_):
        yield StreamResult("door", error="door is lost")
        assert _phases(state) == [("failed", "door is lost"), ("waiting", None)]
        yield StreamResult("yard", make_result(1))
        yield StreamResult("yard")

    run, ends = _run(state, detect)
    assert _phases(state) == [("failed", "door is lost"), ("ended", None)]
    assert (run.errors, ends) == (["door is lost"], ["failure"])


def test_a_fault_of_the_detector(make_state, make_result, caplog):
    state = make_state("door", "yard")

    def detect(_):
        yield StreamResult("door")
        raise RuntimeError("rtsp://me:secret@camera/1 does not fit")

    run, ends = _run(state, detect)
    told = "rtsp://me:***@camera/1 does not fit"
    assert (run.errors, ends) == ([told], ["failure"])
    assert _phases(state) == [("ended", None), ("failed", told)]
    assert "the detector failed" in caplog.text


def test_stopped_while_frames_come(make_state, make_result):
    state = make_state()
    source = Source()
    ended = Event()

    def detect(sources):
        frame = 0
        try:
            while True:
                frame += 1
                yield StreamResult("door", make_result(frame))
        finally:
            ended.set()

    run = LiveRun(detect, {"door": source}, state)
    run.start()
    while not state.status()["streams"][0]["frame"]:
        pass
    run.stop()
    assert not run._thread.is_alive()
    assert source.closed.is_set()
    assert ended.is_set()
    assert run.errors == []


def test_stopped_while_nothing_comes(make_state):
    source = Source()

    def detect(sources):
        sources["door"].closed.wait()
        yield StreamResult("door")

    run = LiveRun(detect, {"door": source}, make_state())
    run.start()
    run.stop()
    assert not run._thread.is_alive()
