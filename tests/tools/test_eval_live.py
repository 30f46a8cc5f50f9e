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


@pytest.fixture
def perfect(own_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the detector find what is annotated."""
    from stal_plugin.annotations import read_annotation

    truth = read_annotation(own_data).rows

    def find(self: ActionDetector, src: Path, **_: object) -> object:
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

    monkeypatch.setattr(ActionDetector, "__call__", find)


def test_the_scores_of_a_perfect_detector(
    run: Callable, perfect: None, own_data: Path, live_checkpoint: Path
) -> None:
    out = run(own_data, live_checkpoint, "--strides", 1, "--split", "train")
    ((_, *cells),) = re.findall(r"(│ +1) │" + r" +([\d.]+(?: of \d)?) │" * 5, out)
    # the first is known at the first frame after 0.3 s; the second lasts only 0.2 s
    assert cells == ["1.000", "1.000", "1 of 2", "0", "0.32"]


def live_rows(out: str) -> dict[tuple[str, str], list[str]]:
    """Cells of the table of live runs, by stride and machine."""
    lines = [line.split("│") for line in out.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in line[1:-1]] for line in lines]
    return {(row[0], row[1]): row[2:] for row in cells if len(row) == 10}


def test_live_a_perfect_detector_is_as_good_as_it_is_fast(
    run: Callable, perfect: None, own_data: Path, live_checkpoint: Path, tmp_path: Path
) -> None:
    words = ("--strides", 1, "--split", "train", "--latency-ms", 0, 60)
    words = (*words, "--fps-machine", 2, "--plot", tmp_path / "curve.png")
    rows = live_rows(run(own_data, live_checkpoint, *words, "--out", tmp_path))
    assert list(rows) == [("1", "0 ms"), ("1", "60 ms"), ("1", "500 ms")]
    at_once, soon, late = rows.values()
    # ms/prediction, frames looked at, mean age; then the scores
    assert at_once[:3] == ["0.0", "100%", "0"]
    assert at_once[3:] == ["1.000", "1.000", "1 of 2", "0", "0.32"]
    # 40 ms a frame: looks at 0, 1, 3, 4, 6, ...; the first is known at frame 2
    truth = read_predictions(tmp_path / "stride1_0ms.csv")
    known = read_predictions(tmp_path / "stride1_60ms.csv")
    assert soon[:2] == ["60.0", "68%"]
    assert sorted(set(truth.frames.tolist())) == [*range(1, 11), *range(21, 27)]
    # frames 1-based: 3 knows of 1, 4 of 2 (of index 1, finished at 120 ms: frame 4) ...
    assert known.frames.min() == 3
    assert float(late[3]) < float(soon[3]) < 1
    assert late[5] == "0 of 2"
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_live_of_this_machine(
    run: Callable, own_data: Path, live_checkpoint: Path, tmp_path: Path
) -> None:
    words = ("--live", "--strides", 1, 2, "--latency-ms", 100)
    rows = live_rows(run(own_data, live_checkpoint, *words))
    assert list(rows) == [
        *(("1", "this"), ("1", "100 ms"), ("2", "this"), ("2", "100 ms")),
    ]
    assert rows["1", "100 ms"][:2] == rows["2", "100 ms"][:2]
    assert rows["1", "100 ms"][0] == "100.0"


def test_files_of_live_runs_are_not_replaced(
    run: Callable, own_data: Path, live_checkpoint: Path, tmp_path: Path, capsys
) -> None:
    (tmp_path / "stride1_5ms.csv").write_text("mine")
    words = ("--strides", 1, "--latency-ms", 5, "--out", tmp_path)
    with pytest.raises(SystemExit):
        run(own_data, live_checkpoint, *words)
    assert "stride1_5ms.csv is there already" in capsys.readouterr().err
    assert (tmp_path / "stride1_5ms.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--plot", "a.jpg", "--live"), "must end in .png"),
        (("--plot", "a.png"), "--plot needs --live"),
        (("--latency-ms", "-1"), "must not be negative"),
        (("--fps-machine", "0"), "must be above 0"),
    ],
)
def test_bad_words(run: Callable, words: tuple, message: str, capsys) -> None:
    with pytest.raises(SystemExit):
        run("gt.csv", "net.pth", *words)
    assert message in capsys.readouterr().err
