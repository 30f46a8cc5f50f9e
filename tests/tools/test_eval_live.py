import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import read_predictions
from stal_plugin.apis import ActionDetector

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "eval_live.py"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable:
    """Run the tool and return what it prints."""

    def run_tool(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        runpy.run_path(str(TOOL), run_name="__main__")
        return str(capsys.readouterr().out)

    return run_tool


def test_table_and_predictions(
    run: Callable, own_data: Path, live_checkpoint: Path, tmp_path: Path
) -> None:
    out = run(own_data, live_checkpoint, "--strides", 1, 4, "--out", tmp_path)
    assert "1 videos of split test on cpu" in out
    rows = re.findall(r"│ +(\d) │ +(\d\.\d+) │ +(\d\.\d+) │ +(\d) of (\d) │", out)
    assert [row[0] for row in rows] == ["1", "4"]
    assert {row[4] for row in rows} == {"2"}  # "wave hand" and "jump", once each
    # what is scored is what a detector gives on the video, and stride changes it
    det = ActionDetector(live_checkpoint, device="cpu", score_thr=0.0)
    expected = [r.scores for r in det(own_data.parent / "b.mp4")]
    exact = read_predictions(tmp_path / "stride1.csv")
    assert set(exact.video_ids) == {"b"}
    assert np.allclose(exact.scores, np.concatenate(expected), atol=1e-6)
    rough = read_predictions(tmp_path / "stride4.csv")
    assert not np.array_equal(rough.scores[: len(exact)], exact.scores[: len(rough)])


def test_the_scores_of_a_perfect_detector(
    run: Callable,
    own_data: Path,
    live_checkpoint: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from stal_plugin.annotations import read_annotation

    truth = read_annotation(own_data).rows

    def perfect(self: ActionDetector, src: Path, **_: object) -> object:
        from stal_plugin.apis import FrameResult

        for frame in range(1, 41):
            here = (truth.video_ids == src.stem) & (truth.frames == frame)
            boxes = (truth.boxes[here] * (64, 48, 64, 48)).astype(np.float32)
            sure = np.ones(len(boxes), np.float32)
            yield FrameResult(
                np.zeros((48, 64, 3), np.uint8),
                frame,
                (frame - 1) / 25,
                boxes,
                truth.labels[here],
                sure,
                sure,
                np.zeros(len(boxes), np.int64),
                (),
                ("wave hand", "jump"),
            )

    monkeypatch.setattr(ActionDetector, "__call__", perfect)
    out = run(own_data, live_checkpoint, "--strides", 1, "--split", "train")
    ((_, *cells),) = re.findall(r"(│ +1) │" + r" +([\d.]+(?: of \d)?) │" * 5, out)
    # the first is known at the first frame after 0.3 s; the second lasts only 0.2 s
    assert cells == ["1.000", "1.000", "1 of 2", "0", "0.32"]
