import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from stal_plugin.annotations import (
    Annotation,
    VideoInfo,
    read_annotation,
    read_predictions,
    write_annotation,
    write_predictions,
)
from stal_plugin.structures.box_table import BoxTable
from stal_plugin.video import probe_video, write_video

TOOL = Path(__file__).parents[2] / "tools" / "draw.py"


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [str(TOOL), *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name="__main__")


def _data(folder: Path) -> tuple[Path, Path]:
    footage = (np.full((90, 160, 3), 99, np.uint8) for _ in range(4))
    write_video(folder / "v.mp4", footage, 25.0)
    annotation = Annotation(
        classes=["up"],
        videos={"v": VideoInfo("v.mp4", 25.0, 160, 90, 4, "v", "test")},
        rows=BoxTable(
            frames=np.array([2]),
            boxes=np.array([[0.1, 0.1, 0.5, 0.5]]),
            labels=np.array([0]),
            video_ids=np.array(["v"], dtype=object),
            person_ids=np.array([1]),
        ),
    )
    write_annotation(annotation, folder / "a.csv")
    one = np.array([0.9])
    predictions = replace(annotation.rows, scores=one, objectness=one)
    write_predictions(folder / "p.csv", predictions)
    return folder / "a.csv", folder / "p.csv"


def test_all_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    files = _data(tmp_path)
    metrics = tmp_path / "metrics.json"
    row = {"num_gt": 1, "num_dets": 1, "AP@0.5": 1.0}
    metrics.write_text(json.dumps({"metrics": {}, "per_class": {"up": row}}))
    out = tmp_path / "out"
    _run(monkeypatch, *files, "--out-dir", out, "--metrics", metrics)
    names = ["contact_sheet.png", "predictions.mp4", "class_ap.png"]
    assert capsys.readouterr().out.splitlines() == [str(out / name) for name in names]
    assert all((out / name).stat().st_size > 0 for name in names)
    assert probe_video(out / "predictions.mp4").num_frames == 4


def test_grid_of_two_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    annotation, predictions = _data(tmp_path)
    out = tmp_path / "out"
    options = ("--grid", 1, "--grid-columns", 2, "--grid-step", 1, "--max-videos", 0)
    arguments = (annotation, predictions, "--out-dir", out, *options)
    heights = []
    for also in ((), ("--also", f"twin={predictions}")):
        _run(monkeypatch, *arguments, "--name", "first", *also)
        assert capsys.readouterr().out.splitlines()[-1] == str(out / "grid.png")
        image = cv2.imread(str(out / "grid.png"))
        assert image.shape[1] == 2 * 368 + 8
        heights.append(image.shape[0])
    assert heights[1] - heights[0] == 202 + 18 + 8  # one row, its caption and a gap
    for wrong, text in (
        (("--also", "twin"), "'twin': write NAME=predictions.csv"),
        (("--also", f"p={predictions}"), "['p', 'p'] must differ"),
    ):
        with pytest.raises(SystemExit):
            _run(monkeypatch, *arguments, *wrong)
        assert text in capsys.readouterr().err
    with pytest.raises(SystemExit):
        _run(monkeypatch, *arguments[:4], "--also", "a=b.csv")
    assert "--also is drawn in the grid only" in capsys.readouterr().err


def test_a_mistake_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = _data(tmp_path)
    with pytest.raises(SystemExit, match="1"):
        _run(monkeypatch, *files, "--out-dir", tmp_path, "--split", "val")
    line = "Error: no video has split 'val'; splits are ['test']\n"
    assert capsys.readouterr().err == line


@pytest.mark.parametrize(
    ("frames", "split", "text"),
    [
        ([], "test", "p.csv has no prediction, so nothing to draw"),
        (
            [2],
            "train",
            "none of the 1 predictions is on a frame of split train: ",
        ),
    ],
)
def test_nothing_to_draw(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    frames: list[int],
    split: str,
    text: str,
) -> None:
    files = _data(tmp_path)
    annotation = read_annotation(files[0])
    ranges = {"train": (1, 1), "test": (2, 4)}
    video = replace(annotation.videos["v"], split=ranges)
    write_annotation(replace(annotation, videos={"v": video}), files[0])
    if not frames:
        write_predictions(files[1], read_predictions(files[1]).take(slice(0)))
    with pytest.raises(SystemExit) as stop:
        _run(monkeypatch, *files, "--out-dir", tmp_path / "out", "--split", split)
    assert stop.value.code == 1
    assert text in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_videos_are_not_drawn_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    files = _data(tmp_path)
    before = (tmp_path / "v.mp4").read_bytes()
    with pytest.raises(SystemExit):
        _run(monkeypatch, *files, "--out-dir", tmp_path, "--per-video")
    assert "v.mp4, which this command reads" in capsys.readouterr().err
    assert (tmp_path / "v.mp4").read_bytes() == before
