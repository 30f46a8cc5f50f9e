"""Import, validate, split, preview and predict on real videos."""

import json
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from standin.cvat_writer import CvatWriter

from stal_plugin.annotations import Annotation, read_annotation
from stal_plugin.annotations.importers.tubes_pickle import (
    TubesPickle,
    read_tubes_pickle,
)
from stal_plugin.video import probe_video

pytestmark = pytest.mark.data
TOOL = Path(__file__).parents[2] / "tools" / "data.py"
COUNTS = "7 videos, 1,040 frames, 1,238 boxes, 9 tracks, 6 classes"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LAST_PIXEL = np.array([0, 0, 1, 1])
_PIXELS = np.array([340, 256] * 2) / np.array([320, 240] * 2)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    exit_status: Callable,
) -> Callable[..., tuple[int, str, str]]:
    main = runpy.run_path(str(TOOL))["main"]

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["data.py", *map(str, arguments)])
        return exit_status(main), *capsys.readouterr()

    return call


@pytest.fixture
def tubes(shared_data: Path) -> TubesPickle:
    return read_tubes_pickle(shared_data / "ucf24_mini/UCF101v2-GT-mini.pkl")


@pytest.fixture
def from_pickle(run: Callable, shared_data: Path, tmp_path: Path) -> Annotation:
    folder = shared_data / "ucf24_mini"
    source = folder / "UCF101v2-GT-mini.pkl"
    code, text, err = run(
        *("import", "--from", "tubes", source, folder / "videos"),
        *("--out", tmp_path / "tubes"),
    )
    assert (code, err) == (0, "")
    assert COUNTS in text
    return read_annotation(tmp_path / "tubes/annotations.csv")


def _rows(annotation: Annotation) -> set[tuple]:
    """Rows, the video by its short name, corners to a thousandth of the frame."""
    names = [video.rpartition("/")[2] for video in annotation.rows.video_ids]
    boxes = np.round(annotation.rows.boxes + 1e-7, 3)
    actions = [annotation.classes[k] for k in annotation.rows.labels]
    columns = (
        names,
        annotation.rows.frames.tolist(),
        actions,
        map(tuple, boxes.tolist()),
    )
    return set(zip(*columns, strict=True))


def _cvat(tubes: TubesPickle, videos: Path, path: Path) -> None:
    """The real tubes as an export of CVAT, on the videos as they are."""
    infos = {v: probe_video(videos / f"{Path(v).name}.mp4") for v in tubes.tubes}
    tasks = [(f"{Path(v).name}.mp4", p.num_frames) for v, p in infos.items()]
    with CvatWriter(path, "sports", tubes.labels, tasks, (340, 256)) as writer:
        for task, (video, own) in enumerate(tubes.tubes.items(), start=1):
            for tube in own:
                boxes = np.clip(tube.boxes + _LAST_PIXEL, 0, [320, 240] * 2) * _PIXELS
                first, length = int(tube.frames[0]) - 1, infos[video].num_frames
                label = tubes.labels[tube.label]
                writer.write_track(label, task, first, boxes, length)


def _mat(tubes: TubesPickle, path: Path) -> None:
    """The real tubes as finalAnnots.mat has them: x y width height."""
    kind = [(n, object) for n in ("ef", "sf", "class", "boxes")]
    annot = np.zeros((1, len(tubes.tubes)), [("name", object), ("tubes", object)])
    for i, (video, own) in enumerate(tubes.tubes.items()):
        table = np.zeros((1, len(own)), kind)
        for j, tube in enumerate(own):
            low, high = tube.boxes[:, :2], tube.boxes[:, 2:] + 1
            boxes = np.concatenate([low, high - low], axis=1)
            ends = int(tube.frames[-1]), int(tube.frames[0])
            table[0, j] = (*ends, tube.label + 1, boxes)
        annot[0, i] = (video, table)
    savemat(str(path), {"annot": annot})


@pytest.mark.parametrize("form", ["cvat", "ucf24"])
def test_real_tubes_through_other_formats(
    form: str,
    run: Callable,
    tubes: TubesPickle,
    from_pickle: Annotation,
    shared_data: Path,
    tmp_path: Path,
) -> None:
    videos = shared_data / "ucf24_mini/videos"
    path = tmp_path / ("a.xml" if form == "cvat" else "a.mat")
    if form == "cvat":
        _cvat(tubes, videos, path)
    else:
        _mat(tubes, path)
    code, text, err = run(
        "import", "--from", form, path, videos, "--out", tmp_path / "out"
    )
    assert (code, err) == (0, "")
    assert COUNTS in text
    annotation = read_annotation(tmp_path / "out/annotations.csv")
    assert annotation.classes == from_pickle.classes
    assert all(info.labelled is None for info in annotation.videos.values())
    assert _rows(annotation) == _rows(from_pickle)


def test_split_validate_and_preview_of_real_tubes(
    run: Callable, from_pickle: Annotation, tmp_path: Path
) -> None:
    folder = tmp_path / "tubes"
    code, text, _ = run(
        "split", folder, "--by", "time", "--ratio", "7:3", "--overwrite"
    )
    assert code == 0
    assert "Fencing: 114 train, 44 test frames (72%)" in text
    code, text, _ = run("validate", folder)
    assert code == 0
    assert "no errors, 1 warning" in text  # boxes on the first frame of a video
    code, text, _ = run(
        "preview", folder, "--frames", 2, "--clips", 1, "--seconds", 0.2
    )
    assert code == 0
    names = {Path(line).name for line in text.splitlines()[:-1]}
    assert {"classes.png", "box_sizes.png", "04_Fencing.png", "04_Fencing.mp4"} <= names
    assert len(names) == 2 + 2 * 6
    sheet = cv2.imread(str(folder / "preview/04_Fencing.png"))
    assert sheet.std() > 40  # a picture, no empty canvas
    assert probe_video(folder / "preview/04_Fencing.mp4").num_frames == 5


def test_seconds_on_a_real_clip(
    run: Callable, shared_data: Path, tmp_path: Path
) -> None:
    """A label per second, as in AVA: the other frames are not labelled."""
    lines = [f"kinetics_arm_wrestling,{s},0.1,0.2,0.5,0.9,1,0" for s in range(1, 9)]
    (tmp_path / "a.csv").write_text(
        "\n".join([*lines, "kinetics_arm_wrestling,9,,,,,"])
    )
    (tmp_path / "labels.txt").write_text("arm wrestling\n")
    out = tmp_path / "out"
    code, text, err = run(
        *("import", "--from", "ava", tmp_path / "a.csv", shared_data / "real_clips"),
        *("--labels", tmp_path / "labels.txt", "--out", out),
    )
    assert (code, err) == (0, "")
    assert "9 of 280 frames of 1 video are labelled" in text
    videos = json.loads((out / "annotations.json").read_text())["videos"]
    labelled = videos["kinetics_arm_wrestling"]["labelled"]
    assert labelled == [1 + 28 * s for s in range(1, 10)]  # 28 fps
    assert run("split", out, "--by", "time", "--margin", 0)[0] == 0
    annotation = read_annotation(out / "annotations.csv")
    info = annotation.videos["kinetics_arm_wrestling"]
    assert info.key_frames("train").tolist() == labelled[:6]
    assert info.key_frames("test").tolist() == labelled[6:]
    code, text, _ = run("validate", out, "--clip-len", 1)
    assert code == 0
    assert f"no errors, no warnings in {out}" in text
    code, text, _ = run("preview", out, "--frames", 4, "--clips", 0)
    assert code == 0
    assert (out / "preview/01_arm-wrestling.png").stat().st_size > 50_000


def test_predict_on_a_real_clip(
    live_checkpoint: Path,
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = shared_data / "real_clips/demo_spatiotemporal_det.mp4"
    out, handlers = tmp_path / "o.mp4", {n: signal.getsignal(n) for n in _SIGNALS}
    told = ["--out", str(out), "--json", str(tmp_path / "o.jsonl"), "--stride", "8"]
    tool = str(TOOL.with_name("predict.py"))
    monkeypatch.setattr(sys, "argv", [tool, str(source), str(live_checkpoint), *told])
    runpy.run_path(tool, run_name="__main__")  # SystemExit would be a fault
    for number, handler in handlers.items():
        signal.signal(number, handler)
    length = probe_video(source).num_frames
    assert probe_video(out).num_frames == length
    lines = [json.loads(line) for line in (tmp_path / "o.jsonl").open()]
    assert [line["frame"] for line in lines] == list(range(1, length + 1))
