import os

import pytest
import torch
import torch.distributed as dist
from mmengine.config import Config

from stal_plugin.engine import run_config
from stal_plugin.engine.checkpoints import safe_load


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "net.py"
    path.write_text("optim_wrapper = dict(type='OptimWrapper')\nx = dict(y=1)\n")
    return str(path)


@pytest.mark.parametrize(
    ("text", "argument", "expected"),
    [("", None, "work_dirs/net"), ("work_dir = 'a'", None, "a"), ("", "b", "b")],
)
def test_work_dir(config, text, argument, expected):
    with open(config, "a") as file:
        file.write(text)
    assert run_config.load_config(config, argument).work_dir == expected


def test_options_are_merged(config):
    cfg = run_config.load_config(config, options={"x.y": 5, "x.z": [1]})
    assert cfg.x.to_dict() == {"y": 5, "z": [1]}
    assert cfg.launcher == "none"
    assert "model_wrapper_cfg" not in cfg


def test_missing_config():
    with pytest.raises(FileNotFoundError, match=r"'no\.py' does not exist"):
        run_config.load_config("no.py")


def test_a_launcher_on_cpus_sets_the_wrapper(config, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    values = {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0", "MASTER_PORT": "0"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    with open(config, "a") as file:
        file.write("find_unused_parameters = True\n")
    address = os.environ.get("MASTER_ADDR")
    try:
        cfg = run_config.load_config(config, launcher="pytorch")
        assert dist.get_backend() == "gloo"
    finally:
        dist.destroy_process_group()
        if address is None:
            os.environ.pop("MASTER_ADDR")
    assert cfg.model_wrapper_cfg == {
        "type": "stal_plugin.CPUDistributedDataParallel",
        "broadcast_buffers": False,
        "find_unused_parameters": True,
    }


@pytest.mark.parametrize(
    ("gpu", "expected"), [(False, "OptimWrapper"), (True, "AmpOptimWrapper")]
)
def test_amp_needs_a_gpu(config, monkeypatch, capfd, gpu, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    cfg = run_config.load_config(config)
    run_config.enable_amp(cfg)
    assert cfg.optim_wrapper.type == expected
    assert ("no GPU found, training in fp32" in capfd.readouterr().out) is not gpu


def test_resume_auto_without_a_checkpoint_starts_anew(config, capfd):
    cfg = run_config.load_config(config)
    run_config.set_resume(cfg, "auto")
    assert "starting anew" in capfd.readouterr().out
    assert not cfg.get("resume")
    run_config.set_resume(cfg, None)
    assert not cfg.get("resume")


@pytest.mark.parametrize("recorded", ["work_dirs/net/epoch_3.pth", "old/epoch_3.pth"])
def test_resume_auto_takes_the_last_checkpoint_also_of_a_moved_folder(config, recorded):
    cfg = run_config.load_config(config)
    os.makedirs(cfg.work_dir)
    with open(f"{cfg.work_dir}/last_checkpoint", "w") as file:
        file.write(recorded)
    torch.save({}, f"{cfg.work_dir}/epoch_3.pth")
    run_config.set_resume(cfg, "auto")
    assert cfg.resume is True
    assert cfg.load_from == "work_dirs/net/epoch_3.pth"


def test_resume_auto_passes_over_a_torn_checkpoint_and_says_so(config, capfd):
    cfg = run_config.load_config(config)
    os.makedirs(cfg.work_dir)
    torch.save({}, f"{cfg.work_dir}/epoch_2.pth")
    with open(f"{cfg.work_dir}/epoch_3.pth", "wb") as file:
        file.write(b"PK\x03\x04 torn")
    run_config.set_resume(cfg, "auto")
    assert cfg.load_from == "work_dirs/net/epoch_2.pth"
    assert "epoch_3.pth is cut off or damaged (9 bytes)" in capfd.readouterr().out


def test_resume_of_a_missing_checkpoint_is_an_error(config):
    with pytest.raises(FileNotFoundError, match=r"no\.pth"):
        run_config.set_resume(run_config.load_config(config), "no.pth")


def test_trust_is_for_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(safe_load, "_TRUSTED", set())
    path = tmp_path / "a.pth"
    path.touch()
    assert run_config.require_checkpoint(str(path)) == str(path)
    assert not safe_load._TRUSTED
    run_config.require_checkpoint(str(path), trust=True)
    assert {str(path)} == safe_load._TRUSTED
    run_config.require_checkpoint("https://example.org/a.pth")  # not checked here


@pytest.mark.parametrize("as_list", [False, True])
def test_prediction_files_go_to_frame_map(as_list):
    frame_map = {"type": "stal_plugin.FrameMAP"}
    evaluators = [{"type": "Other"}, frame_map] if as_list else frame_map
    cfg = Config({"test_evaluator": evaluators})
    run_config.set_prediction_files(cfg, "out/p.csv")
    changed = cfg.test_evaluator[0] if as_list else cfg.test_evaluator
    assert changed["out_csv"] == os.path.join("out", "p.csv")
    assert changed["out_json"] == os.path.join("out", "metrics.json")


def test_scores_of_tubes_go_into_the_same_file_after_those_of_frames():
    kinds = ["VideoMAP", "FrameMAP", "Other"]
    evaluators = [{"type": f"stal_plugin.{kind}"} for kind in kinds]
    cfg = Config({"test_evaluator": evaluators})
    run_config.set_prediction_files(cfg, "p.csv")
    frames, tubes, other = cfg.test_evaluator
    order = [e["type"][12:] for e in (frames, tubes, other)]
    assert order == ["FrameMAP", "VideoMAP", "Other"]
    assert frames["out_json"] == tubes["out_json"] == "metrics.json"
    assert "out_csv" not in tubes
    assert "out_json" not in other


def test_prediction_files_need_frame_map_and_a_csv():
    cfg = Config({"test_evaluator": {"type": "AccMetric"}})
    with pytest.raises(ValueError, match=r"FrameMAP.*AccMetric"):
        run_config.set_prediction_files(cfg, "p.csv")
    with pytest.raises(ValueError, match=r"'p\.pkl'.*\.csv"):
        run_config.set_prediction_files(cfg, "p.pkl")


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("type='stal_plugin.AgotDataset'", 7),
        ("type='stal_plugin.AgotDataset', seed=3", 3),
        ("type='mmaction.VideoDataset'", None),
    ],
)
def test_the_seed_of_the_run_reaches_our_datasets(config, dataset, expected):
    with open(config, "a") as file:
        file.write("randomness = dict(seed=0)\n")
        file.write(f"train_dataloader = dict(dataset=dict({dataset}))\n")
    cfg = run_config.load_config(config, options={"randomness.seed": 7})
    assert cfg.train_dataloader.dataset.get("seed") == expected


def test_weights_of_a_checkpoint_and_of_an_exported_network(tmp_path):
    cfg = Config({"model": {"type": "X"}, "load_from": None})
    (tmp_path / "a.pth").touch()
    run_config.set_weights(cfg, str(tmp_path / "a.pth"))
    assert (cfg.load_from, cfg.model.type) == (str(tmp_path / "a.pth"), "X")
    with pytest.raises(FileNotFoundError, match=r"m\.onnx' does not exist"):
        run_config.set_weights(cfg, str(tmp_path / "m.onnx"))
    (tmp_path / "m.onnx").touch()
    run_config.set_weights(cfg, str(tmp_path / "m.onnx"))
    assert cfg.load_from is None
    path = str(tmp_path / "m.onnx")
    assert cfg.model == {"type": "stal_plugin.exported_model", "path": path}
