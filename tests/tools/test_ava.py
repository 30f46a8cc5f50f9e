"""AVA's real segments through import, training, test, drawing and prediction."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stal_plugin.annotations import read_annotation, read_predictions

ROOT = Path(__file__).parents[2]
TOOL = "dataset_converters/ava.py"


@pytest.mark.data
def test_real_segments_through_every_tool(
    run_tool: Callable, shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "ava_clips"
    done = run_tool(
        *(TOOL, source / "labels.csv", "--labels", source / "actions.csv"),
        *("--videos", source, "--test", "GozLjpMNADg", "--out", "data/ava_mini"),
    )
    assert done.returncode == 0, done.stderr
    assert "6 train videos + 4 test videos, 10 key frames, 54 labels, 30 classes" in (
        done.stdout
    )
    annotation = read_annotation(tmp_path / "data/ava_mini/annotations.csv")
    for info in annotation.videos.values():  # the labelled second is the middle
        assert info.labelled == ((info.num_frames // 2 + 1,) * 2,)
    assert annotation.classes[8] == "stand"

    config = ROOT / "configs/mini/yowo_ava.py"
    small = ["train_cfg.max_epochs=1", "train_dataloader.num_workers=0"]
    small += ["train_dataloader.persistent_workers=False"]
    for part in ("val", "test"):
        small += [f"{part}_dataloader.num_workers=0"]
        small += [f"{part}_dataloader.persistent_workers=False"]
    options = ["train_cfg.val_interval=1", *small]
    done = run_tool("train.py", config, "--work-dir", "run", "--cfg-options", *options)
    assert done.returncode == 0, done.stderr
    checkpoint = tmp_path / "run/epoch_1.pth"
    done = run_tool(
        *("test.py", config, checkpoint, "--out", "run/predictions.csv"),
        *("--show-dir", "run/drawn", "--cfg-options", *small),
    )
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert 0 <= metrics["metrics"]["frame-mAP@0.5"] <= 1
    predictions = read_predictions(tmp_path / "run/predictions.csv")
    assert set(predictions.video_ids) <= set(annotation.videos)
    assert list((tmp_path / "run/drawn").iterdir())
    video = source / "GozLjpMNADg_1636.avi"
    done = run_tool(
        "predict.py", video, checkpoint, "--out", "found.mp4", "--stride", 9
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "found.mp4").stat().st_size > 0


def test_arguments(run_tool: Callable, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("a,902,0,0,1,1,1\n")
    done = run_tool(TOOL, "labels.csv", "--out", "out")
    assert done.returncode == 2
    assert "a csv alone needs --labels and --videos" in done.stderr
    done = run_tool(TOOL, tmp_path, "--test", "a", "--out", "out")
    assert "--test is for a csv alone" in done.stderr
    done = run_tool(TOOL, "absent", "--out", "out")
    assert done.returncode == 1
    assert done.stderr.strip() == "Error: there is no absent"
    done = run_tool(TOOL, tmp_path, "--out", "out")
    assert "is no release of AVA: there is no" in done.stderr
    (tmp_path / "names.txt").write_text("stand\n")
    done = run_tool(
        *(TOOL, "labels.csv", "--labels", "names.txt", "--videos", "movies"),
        *("--out", "out"),
    )
    assert done.stderr.strip() == "Error: there is no movies"


@pytest.mark.data
def test_an_actor_detector_is_tested_on_proposed_people(
    run_tool: Callable, shared_data: Path, tmp_path: Path
) -> None:
    """Real segments: people without ids in training, those of a file in the test."""
    source = shared_data / "ava_clips"
    with (source / "labels.csv").open() as file:
        rows = [line.split(",") for line in file]
    people: dict[str, set] = {}
    for movie, second, *corners, _ in rows:
        box = (*map(float, corners), 0.95)
        people.setdefault(f"{movie},{int(second):04d}", set()).add(box)
    boxes = {moment: np.array(sorted(own)) for moment, own in people.items()}
    (tmp_path / "people.pkl").write_bytes(pickle.dumps(boxes, 2))
    given = (TOOL, source / "labels.csv", "--labels", source / "actions.csv")
    given += ("--videos", source, "--test", "GozLjpMNADg", "--out", "data/ava")
    done = run_tool(*given, "--proposals", "people.pkl")
    assert done.returncode == 0, done.stderr
    assert "20 people on 10 of 10 key frames; 0 with a score" in done.stdout
    again = run_tool(*given[:-1], "data/other", "--proposals", "people.csv")
    assert again.returncode == 1
    assert "there is no file of people 'people.csv'" in again.stderr
    assert not (tmp_path / "data/other").exists()
    written = (tmp_path / "data/ava/proposals.csv").read_bytes()
    without = run_tool(*given, "--overwrite")
    assert "proposals.csv is of an earlier conversion" in without.stdout
    assert (tmp_path / "data/ava/proposals.csv").read_bytes() == written

    small = ["train_cfg.max_epochs=1", "train_dataloader.dataset.variants=1"]
    small += [f"model.{part}.num_classes=30" for part in ("head", "loss_cls")]
    for part in ("train", "val", "test"):
        small += [f"{part}_dataloader.dataset.dataset.num_classes=30"]
    for part in ("val", "test"):
        small += [f"{part}_dataloader.dataset.proposals=proposals.csv"]
    done = run_tool(
        "train.py", "actor_ava", "--work-dir", "run", "--cfg-options", *small
    )
    assert done.returncode == 0, done.stderr
    assert "features of the annotated people of 6 videos" in done.stdout + done.stderr
    checkpoint = tmp_path / "run/epoch_1.pth"
    done = run_tool(
        *("test.py", tmp_path / "run/actor_ava.py", checkpoint),
        *("--out", "run/predictions.csv"),
    )
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metrics["metrics"]["localization_recall"] == 1
    predictions = read_predictions(tmp_path / "run/predictions.csv")
    assert set(predictions.objectness.round(3)) == {0.95}
    assert len(predictions) == 7 * 30  # every action of every person
