import json

import pytest
from mmengine.config import Config

from stal_plugin.visualization.reports.training_config import training_config

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
    _start(tmp_path, "20260101_000000", "randomness = dict(seed=1)\n", {"loss": 2.0})
    _start(tmp_path, "20260102_000000", trained, {"loss": 1.0, "iter": 1})
    _start(tmp_path, "20260103_000000", TESTED, {"frame-mAP@0.5": 0.5})
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
    _start(tmp_path, "20260101_000000", text, {"loss": 1.0})
    expected = path if place == "elsewhere" else None
    assert training_config(tmp_path, tested).load_from == expected
