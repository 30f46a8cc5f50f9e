"""The page in headless Chromium."""

import json
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

import numpy as np
import pytest

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.live_page import LivePage, live_sources
from stal_plugin.apis.live_page.hub import Message

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=document.title='bad'>"
CLASSES = (HOSTILE, "jump")
BACK = "getComputedStyle(document.body).backgroundColor"
#: The picture's values: red, green, blue, opacity, red ...
PIXELS = """(() => {
  const canvas = document.getElementById("picture");
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  return context.getImageData(0, 0, copy.width, copy.height).data;
})()"""
#: Share of pixels that are not black.
LIT = f"""(() => {{
  const d = {PIXELS};
  let lit = 0;
  for (let i = 0; i < d.length; i += 4) lit += d[i] + d[i + 1] + d[i + 2] > 60;
  return (4 * lit) / d.length;
}})()"""
#: Pixels in the colour of a class.
COLORED = f"""(() => {{
  const d = {PIXELS};
  let n = 0;
  for (let i = 0; i < d.length; i += 4)
    n += d[i] === %d && d[i + 1] === %d && d[i + 2] === %d;
  return n;
}})()"""


def wait_for(browser: Any, script: str, seconds: float = 60) -> Any:
    """Wait until a script gives something true."""
    end = time.monotonic() + seconds
    while not (found := browser.eval(script)):
        assert time.monotonic() < end, script
        time.sleep(0.05)
    return found


def text_of(name: str) -> str:
    return f"document.getElementById({name!r}).textContent"


def _says(name: str, text: str) -> str:
    return f"{text_of(name)}.includes({json.dumps(text)})"


@pytest.fixture
def busy_state(make_state: Callable, make_result: Callable, make_track: Callable):
    """Person 3 does what HOSTILE names, for two seconds; person 4 nothing much."""
    state = make_state(HOSTILE, "yard", classes=CLASSES)
    for n in range(1, 51):
        result = make_result(
            n,
            boxes=[(5, 20, 25, 50), (40, 20, 60, 50)],
            labels=[0, 1],
            scores=[0.8, 0.2],
            track_ids=[3, 4],
            tracks=(make_track(3, (0.8, 0)), make_track(4, (0, 0.2))),
            image=np.full((60, 80, 3), 90, np.uint8),
            latency=0.04,
        )
        object.__setattr__(result, "classes", CLASSES)
        state.put(HOSTILE, result)
    return state


@pytest.fixture
def tab(browser: Any) -> Any:
    """The browser, away from the page of the test before."""
    browser.open("about:blank", 800, 600)
    del browser.events[:]
    return browser


def _color(state: Any, label: int) -> tuple[int, ...]:
    return tuple(bytes.fromhex(state.classes_as_json()[label]["color"][1:]))


def test_what_the_page_shows(serve, busy_state, tab):
    served = serve(busy_state)
    tab.open(served.address, 1280, 900)
    wait_for(tab, f"{LIT} > 0.99")
    wait_for(tab, _says("phase", f"{HOSTILE}: running"))
    assert tab.eval("document.images.length") == 0
    assert tab.eval("document.title") == "stal live"
    names = (
        "[...document.querySelectorAll('#thresholds label')].map(l => l.textContent)"
    )
    assert tab.eval(names) == ["all", *CLASSES]
    log = f"0:00.0#3 {HOSTILE} begins ({HOSTILE})"
    assert tab.eval(text_of("events")) == log
    wait_for(tab, "document.querySelectorAll('.bar').length === 1")
    assert tab.eval("document.querySelector('.row span').textContent") == "#3"
    said = tab.eval("document.getElementById('picture').ariaLabel")
    assert said == f"person 3: {HOSTILE}"
    assert tab.eval(COLORED % _color(busy_state, 0)) > 100
    assert tab.eval(COLORED % _color(busy_state, 1)) == 0
    numbers = tab.eval(text_of("numbers"))
    for shown in ("latency40 ms", "persons1", "time0:02.0", "frame50", "watching1"):
        assert shown in numbers.replace("0:01.96", "0:02.0")
    assert tab.complaints() == []
    origin = served.address.rstrip("/")
    assert all(url.startswith(origin) for url in tab.requests())


def test_a_moved_threshold_acts_at_once_and_for_all(serve, busy_state, tab):
    served = serve(busy_state)
    tab.open(served.address, 1280, 900)
    wait_for(tab, f"{LIT} > 0.99")
    jump = COLORED % _color(busy_state, 1)
    assert tab.eval(jump) == 0
    tab.eval("document.getElementById('threshold-1').focus()")
    for _ in range(12):  # by the keyboard: 0.30 to 0.18
        for kind in ("keyDown", "keyUp"):
            key = {"key": "ArrowLeft", "code": "ArrowLeft", "windowsVirtualKeyCode": 37}
            tab.send("Input.dispatchKeyEvent", type=kind, **key)
    assert tab.eval(jump) > 100  # the score is 0.2; no new frame has come
    end = time.monotonic() + 60
    while busy_state.thresholds.values.tolist() != [0.3, 0.18]:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert served.post("/thresholds", [{"label": 1, "threshold": 0.5}])[0] == 200
    shown = "document.querySelector('output[for=threshold-1]').textContent"
    wait_for(tab, f"{shown} === '0.50'")
    assert tab.eval(jump) == 0


def test_labels_do_not_cover_each_other(serve, busy_state, tab):
    """Boxes side by side with labels wider than they are; the last has no room left."""
    tab.open(serve(busy_state).address, 1280, 900)
    tab.eval(
        "import('/static/label_spots.js').then(({ placeLabel }) => { const taken = [];"
        "window.spots = [[10, 50, 30, 80], [40, 50, 60, 80], [70, 2, 95, 98]].map("
        "box => placeLabel(box, [60, 10], [100, 100], taken)); })"
    )
    assert wait_for(tab, "window.spots") == [
        [10, 40],  # above its box
        [40, 80],  # below, as there it would cover the first
        [40, 0],  # at the edge of the frame
    ]


def test_light_dark_and_narrow(serve, busy_state, tab):
    served = serve(busy_state)
    colors = {}
    for scheme in ("light", "dark"):
        for width in (1280, 360):
            tab.open(served.address, width, 800, scheme)
            wait_for(tab, f"{LIT} > 0.99")
            assert tab.eval("document.documentElement.scrollWidth") <= width
        colors[scheme] = tab.eval(BACK)
    assert colors == {"light": "rgb(243, 244, 246)", "dark": "rgb(18, 19, 22)"}
    choose = "t = document.getElementById('theme'); t.value = '{}'; "
    choose += "t.dispatchEvent(new Event('change'))"
    tab.eval("var t; " + choose.format("light"))
    assert tab.eval(BACK) == colors["light"]
    tab.open(served.address, 1280, 800, "dark")
    assert tab.eval(BACK) == colors["light"]  # remembered
    tab.eval("var t; " + choose.format(""))
    assert tab.eval(BACK) == colors["dark"]
    assert tab.complaints() == []


def test_the_end_of_the_server_is_told(serve, busy_state, tab):
    served = serve(busy_state)
    tab.open(served.address, 1280, 900)
    wait_for(tab, f"{LIT} > 0.99")
    assert tab.eval("document.getElementById('notice').hidden")
    event = busy_state.events()[-1] | {"number": 99, "event": "end", "end": 2.5}
    busy_state.hub.publish(Message("event", lambda: event))
    wait_for(tab, _says("events", "ends after 2.5 s"))
    served.close()
    wait_for(tab, _says("notice", "The connection to stal live was lost"))


def test_with_a_token(serve, busy_state, tab):
    token = "0123456789abcdef-X"
    served = serve(busy_state, token)
    tab.open(f"{served.address}?token={token}", 1280, 900)
    wait_for(tab, f"{LIT} > 0.99")
    assert tab.eval("location.href") == served.address
    assert tab.eval("document.cookie") == ""  # scripts do not see it


def test_a_served_stream_that_dies_and_comes_back(checkpoint, rtsp_server, tab):
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    detector = ActionDetector(checkpoint, score_thr=0.0)
    source = f"rtsp://127.0.0.1:{rtsp_server.port}/ball"
    page = LivePage(port=0)
    sources = live_sources({"ball": source}, timeout=2.0, retry=120.0)
    options = {"score_thr": 0.0}
    thread = Thread(target=page.run, args=(detector, sources), kwargs=options)
    thread.start()
    frame = "Number(document.querySelector('#numbers div:nth-child(5) dd').textContent)"
    try:
        tab.open(page.address, 1280, 900)
        wait_for(tab, f"{_says('phase', 'ball: running')} && {frame} > 5")
        assert tab.eval("document.querySelectorAll('.dot.running').length") == 1
        rtsp_server.kill()
        wait_for(tab, _says("phase", "reconnecting since"))
        before = tab.eval(frame)
        assert tab.eval("document.querySelectorAll('.dot.reconnecting').length")
        rtsp_server.start()
        wait_for(tab, f"{_says('phase', 'running')} && {frame} > {before + 5}")
        wait_for(tab, f"{LIT} > 0")
        assert tab.complaints() == []
    finally:
        page.stop()
        thread.join()
