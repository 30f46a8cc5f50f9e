"""From a file through the detector to the page."""

import json
import sys
from threading import Thread
from urllib.request import urlopen

import pytest

from stal_plugin.apis import ActionDetector
from stal_plugin.apis.live_page import LivePage, live_sources


def test_a_missing_package_is_named_with_its_command(monkeypatch):
    for name in ("fastapi", "uvicorn"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(
                ImportError, match=rf"{name}: pip install -e \.\[live\]"
            ):
                LivePage()


def test_two_files_on_a_page(checkpoint, video):
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    page = LivePage(port=0)
    assert page.address == f"http://127.0.0.1:{page.port}/"
    detector = ActionDetector(checkpoint, score_thr=0.0)
    returned: list = []

    def run() -> None:
        sources = live_sources({"door": video, "yard": video})
        returned.append(page.run(detector, sources, score_thr=0.0))

    thread = Thread(target=run)
    thread.start()
    try:
        streams: list = []
        while [s["state"] for s in streams] != ["ended", "ended"]:
            with urlopen(page.address + "state", timeout=60) as answer:
                state = json.load(answer)
            streams = state["streams"]
    finally:
        page.stop()
        thread.join()
    assert returned == [[]]
    assert [s["name"] for s in streams] == ["door", "yard"]
    for stream in streams:
        assert stream["frame"] == 12  # the last one is never skipped
        assert stream["time"] == pytest.approx(0.44)
        assert stream["lost"] == 0
    assert state["floor"] == 0.0
    assert [c["name"] for c in state["classes"]] == ["wave", "jump"]
