import base64
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stal_plugin.datasets.formats import (
    Annotation,
    Predictions,
    VideoInfo,
    write_annotation,
    write_predictions,
)
from stal_plugin.datasets.video import write_video

CONFIG = """
data_root = {root!r}
randomness = dict(seed={seed})
model = dict(type="x")
test_dataloader = dict(dataset=dict(pipeline=[
    dict(type="stal_plugin.SampleKeyframeClip", clip_len={clip_len}),
    dict(type="mmaction.Resize", scale=(112, 96)),
]))
"""


@pytest.fixture
def make_run(tmp_path):
    """Write a work folder as training and testing leave it."""

    def _make(
        name: str, seed: int = 0, frame_map: float = 0.5, clip_len: int = 8, **ap: float
    ) -> Path:
        root = tmp_path / "data"
        root.mkdir(exist_ok=True)
        (root / "annotations.json").write_text('{"synthetic": true}')
        work_dir = tmp_path / "work" / f"{name}-{seed}-{clip_len}"
        (work_dir / "t0" / "vis_data").mkdir(parents=True)
        text = CONFIG.format(root=str(root), seed=seed, clip_len=clip_len)
        (work_dir / f"{name}.py").write_text(text)
        (work_dir / "last_checkpoint").write_text("epoch_2.pth")
        records = [
            {"loss": 1.0, "iter": i, "epoch": 1 + (i > 20), "step": i, "time": 0.5}
            for i in (10, 20, 30, 40)
        ]
        lines = "".join(json.dumps(r) + "\n" for r in records)
        (work_dir / "t0" / "vis_data" / "scalars.json").write_text(lines)
        metrics = {
            "frame-mAP@0.5": frame_map,
            "localization_recall": 0.75,
            "localization_recall@0.005": 0.9,
            "classification_accuracy": 0.625,
        }
        per_class = {k.replace("_", " "): {"AP@0.5": v} for k, v in ap.items()}
        content = {"metrics": metrics, "per_class": per_class, "protocol": "voc"}
        (work_dir / "metrics.json").write_text(json.dumps(content))
        return work_dir

    return _make


TESTED_CONFIG = """
data_root = {root!r}
randomness = dict(seed=3)
model = dict(head=dict(prior_generator=dict(
    type="stal_plugin.KMeansAnchorGenerator", ann_file={ann!r}, num_anchors=2,
    input_size=(160, 90), strides=[16])))
test_dataloader = dict(dataset=dict(
    type="stal_plugin.AgotDataset", ann_file={ann!r}, split="test",
    pipeline=[dict(clip_len=8), dict(scale=(160, 90))]))
test_evaluator = dict(type="stal_plugin.FrameMAP")
"""
CLASSES = ["up", "down & out", "never"]
LEFT, RIGHT = [0.125, 0.25, 0.375, 0.75], [0.5, 0.25, 0.75, 0.75]


def _grey(num_frames: int) -> Iterator[np.ndarray]:
    for i in range(num_frames):
        yield np.full((90, 160, 3), 40 + 10 * i, np.uint8)


def _annotation() -> Annotation:
    """Two test videos of 10 frames, one actor each on frames 2 to 9."""
    names, frames = np.repeat(["a/1", "b"], 8), np.tile(np.arange(2, 10), 2)
    train = np.repeat("t", 3)
    boxes = [LEFT] * 8 + [RIGHT] * 8 + [[0, 0, w, 0.5] for w in (0.25, 0.5, 0.75)]
    infos = {
        "a/1": VideoInfo("a.mp4", 25.0, 160, 90, 10, "x", "test"),
        "b": VideoInfo("b.mp4", 25.0, 160, 90, 10, "x", "test"),
        "t": VideoInfo("t.mp4", 25.0, 160, 90, 10, "y", "train"),
    }
    return Annotation(
        classes=CLASSES,
        videos=infos,
        synthetic=True,
        video_ids=np.concatenate([names, train]).astype(object),
        frames=np.concatenate([frames, [1, 2, 3]]),
        boxes=np.array(boxes, np.float64),
        action_ids=np.array([1] * 8 + [2] * 8 + [1, 1, 2]),
        person_ids=np.ones(19, np.int64),
    )


def _predictions(right: int) -> Predictions:
    """``right`` hits of "up" in a/1, all of "down" in b, one "up" on it as well."""
    names = ["a/1"] * right + ["b"] * 9
    boxes = [LEFT] * right + [RIGHT] * 9
    scores = np.linspace(0.9, 0.5, len(names))
    return Predictions(
        video_ids=np.array(names, object),
        frames=np.array([*range(2, 2 + right), *range(2, 10), 2]),
        boxes=np.array(boxes, np.float64),
        action_ids=np.array([1] * right + [2] * 8 + [1]),
        scores=scores,
        objectness=scores,
    )


@pytest.fixture
def make_tested_run(make_run, tmp_path: Path) -> Callable[..., Path]:
    """Write a work folder with config, log, scores and predictions, and its data."""

    def _make(name: str = "yowo_agot", seed: int = 0, right: int = 8) -> Path:
        folder = tmp_path / "data"
        work_dir = make_run(name, seed=seed, frame_map=0.0)
        write_annotation(_annotation(), folder / "annotations.csv")
        for video in "ab":
            write_video(folder / f"{video}.mp4", _grey(10), 25.0)
        text = TESTED_CONFIG.format(
            root=str(folder), ann=str(folder / "annotations.csv")
        )
        (work_dir / f"{name}.py").write_text(text)
        write_predictions(work_dir / "predictions.csv", _predictions(right))
        return work_dir

    return _make


class Browser:
    """Headless Chromium, driven through its DevTools pipe."""

    def __init__(self, program: str, profile: Path) -> None:
        ends = [*os.pipe(), *os.pipe()]
        # away from 3 and 4, where Chromium reads and writes
        reads, tell, hear, writes = (fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in ends)
        for fd in ends:
            os.close(fd)

        def place() -> None:
            os.dup2(reads, 3)
            os.dup2(writes, 4)

        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
        options += ["--remote-debugging-pipe", f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(
            [program, *options, "--disable-dev-shm-usage", "about:blank"],
            preexec_fn=place,
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        self.tell, self.hear = os.fdopen(tell, "wb"), os.fdopen(hear, "rb")
        self.rest, self.number, self.events = b"", 0, []
        self.session: str | None = None
        pages = self.send("Target.getTargets")["targetInfos"]
        page = next(t for t in pages if t["type"] == "page")
        attached = self.send(
            "Target.attachToTarget", targetId=page["targetId"], flatten=True
        )
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            got = os.read(self.hear.fileno(), 1 << 16)
            if not got:
                raise RuntimeError("Chromium has ended")
            self.rest += got
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def send(self, method: str, **params: Any) -> Any:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.tell.write(json.dumps(message).encode() + b"\0")
        self.tell.flush()
        while True:
            answer = self._receive()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def open(self, path: Path, width: int, height: int, scheme: str = "light") -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", features=[feature])
        self.send("Page.navigate", url=path.as_uri())
        end = time.monotonic() + 30
        while self.eval("document.readyState") != "complete":
            assert time.monotonic() < end, "the page does not load"
            time.sleep(0.05)

    def eval(self, script: str) -> Any:
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def screenshot(self, path: Path) -> None:
        """Write the whole page as PNG."""
        data = self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """Return what a developer would see in the console."""
        kinds = (
            "Log.entryAdded",
            "Runtime.exceptionThrown",
            "Runtime.consoleAPICalled",
        )
        return [json.dumps(e) for e in self.events if e.get("method") in kinds]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for, without what the page holds."""
        sent = [
            e for e in self.events if e.get("method") == "Network.requestWillBeSent"
        ]
        urls = [e["params"]["request"]["url"] for e in sent]
        return [url for url in urls if not url.startswith("data:")]

    def close(self) -> None:
        self.tell.close()
        self.hear.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    running = Browser(program, tmp_path_factory.mktemp("profile"))
    yield running
    running.close()
