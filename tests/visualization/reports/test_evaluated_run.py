import json

import numpy as np
import pytest
from mmengine.config import Config

from stal_plugin.evaluation.frame_ap import frame_ap
from stal_plugin.evaluation.last_test import remember_test
from stal_plugin.visualization.reports.evaluated_run import (
    EvaluatedRun,
    MissingDataError,
    training_config,
)


def test_a_work_folder_is_read(make_tested_run):
    run = EvaluatedRun.read(make_tested_run(right=4))
    assert run.name == "yowo_agot"
    assert run.seed == 3
    assert run.splits == ("test",)
    assert run.protocol.name == "voc"
    assert run.boxes.index.names == ("a/1", "b")
    assert len(run.boxes.index) == 20
    assert len(run.boxes.gts) == 16  # the training boxes are not among them
    assert run.boxes.in_pixels
    np.testing.assert_allclose(run.boxes.gts.boxes[0], [20, 22.5, 60, 67.5])
    ap = frame_ap(run.boxes.dets, run.boxes.gts, 3)
    # 4 of 8 found without an error; all found; no ground truth
    np.testing.assert_allclose(ap.ap[0], [0.5, 1, np.nan])


@pytest.mark.parametrize("file", ["metrics.json", "predictions.csv"])
def test_what_is_missing_is_named_with_the_command_that_makes_it(make_tested_run, file):
    work_dir = make_tested_run()
    (work_dir / file).unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"{file} is missing[^$]*tools/test.py"
    ):
        EvaluatedRun.read(work_dir)


def test_predictions_that_the_last_test_wrote_elsewhere_are_found(
    make_tested_run, tmp_path
):
    work_dir = make_tested_run(right=4)
    other = tmp_path / "other"
    other.mkdir()
    for file in ("predictions.csv", "metrics.json"):
        (work_dir / file).rename(other / file)
    (other / "predictions.csv").rename(other / "pred.csv")
    remember_test(work_dir, other / "pred.csv")
    assert len(EvaluatedRun.read(work_dir).boxes.dets) == 13
    (other / "pred.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"is missing\. Make it with"):
        EvaluatedRun.read(work_dir)


def test_no_and_two_configs(make_tested_run, tmp_path):
    work_dir = make_tested_run()
    other = work_dir / "other.py"
    other.write_text((work_dir / "yowo_agot.py").read_text() + "\nrandomness = {}\n")
    with pytest.raises(ValueError, match="holds 2 configs: choose with --config"):
        EvaluatedRun.read(work_dir)
    run = EvaluatedRun.read(work_dir, other)
    assert (run.name, run.seed) == ("other", None)
    with pytest.raises(FileNotFoundError, match=r"tools/train\.py"):
        EvaluatedRun.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        EvaluatedRun.read(tmp_path / "none")


def test_the_protocol_of_the_config_counts(make_tested_run):
    work_dir = make_tested_run()
    config = work_dir / "yowo_agot.py"
    text = config.read_text().replace(
        '"stal_plugin.FrameMAP"',
        '"stal_plugin.FrameMAP", protocol="yowo", count_empty_frames=False',
    )
    config.write_text(text)
    protocol = EvaluatedRun.read(work_dir).protocol
    assert (protocol.name, protocol.count_empty_frames) == ("yowo", False)


def test_relative_annotation_that_is_not_here(make_tested_run):
    work_dir = make_tested_run()
    config = work_dir / "yowo_agot.py"
    text = config.read_text()
    begin, end = text.index("/", text.index("ann_file=")), text.index("/data/ann")
    config.write_text(text.replace(text[begin:end], "nowhere"))
    with pytest.raises(FileNotFoundError, match="Go to the folder where"):
        EvaluatedRun.read(work_dir)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nb,", "\nz,", "such as 'z': the two files"),
        ("\na/1,2,", "\nt,2,", r"1 of 17 predictions are on frames that splits"),
        (",1,0.9,", ",4,0.9,", "hold action_id 4, but the annotation has 3"),
    ],
)
def test_predictions_of_other_data_are_refused(make_tested_run, old, new, message):
    work_dir = make_tested_run()
    path = work_dir / "predictions.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        EvaluatedRun.read(work_dir)


TESTED = "randomness = dict(seed=0)\ntrain_cfg = dict(max_epochs=8)\n"


def _start(work_dir, name, text, record):
    folder = work_dir / name / "vis_data"
    folder.mkdir(parents=True)
    (folder / "config.py").write_text(text)
    (folder / "scalars.json").write_text(json.dumps(record) + "\n")


@pytest.fixture
def tested(tmp_path):
    path = tmp_path / "yowo_agot.py"
    path.write_text(TESTED)
    return Config.fromfile(path)


def test_a_later_test_does_not_hide_the_training(tmp_path, tested):
    trained = "randomness = dict(seed=7)\ntrain_cfg = dict(max_epochs=4)\n"
    _start(
        tmp_path,
        "20260101_000000",
        "randomness = dict(seed=1)\n",
        {"loss": 2.0, "iter": 1},
    )
    _start(tmp_path, "20260102_000000", trained, {"loss": 1.0, "iter": 1})
    _start(tmp_path, "20260103_000000", TESTED, {"frame-mAP@0.5": 0.5, "step": 0})
    found = training_config(tmp_path, tested)
    assert found.randomness.seed == 7
    assert found.train_cfg.max_epochs == 4
    assert tested.randomness.seed == 0


def test_without_a_log_the_config_of_the_folder_counts(tmp_path, tested):
    found = training_config(tmp_path, tested)
    assert found.to_dict() == tested.to_dict()


@pytest.mark.parametrize("place", ["here", "moved", "elsewhere"])
def test_own_checkpoints_are_no_beginning(tmp_path, tested, place):
    folder = {"here": tmp_path, "moved": "old/run", "elsewhere": "weights"}[place]
    path = f"{folder}/epoch_3.pth"
    text = f"load_from = {path!r}\nwork_dir = 'old/run'\n"
    _start(tmp_path, "20260101_000000", text, {"loss": 1.0, "iter": 1})
    expected = path if place == "elsewhere" else None
    assert training_config(tmp_path, tested).load_from == expected


def test_it_is_told_from_faults_of_the_program():
    assert not issubclass(MissingDataError, (ValueError, LookupError, OSError))
    assert str(MissingDataError("no boxes")) == "no boxes"
