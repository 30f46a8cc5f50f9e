import pickle

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader

from stal_plugin.engine.checkpoints.inference_config import META_KEY, stored_config
from stal_plugin.engine.checkpoints.safe_load import load_from_local
from stal_plugin.engine.hooks import CleanCheckpointHook

OTHERS = ["stal_plugin.RNGStateHook", "stal_plugin.SampleSeedHook"]


def without_cleaning():
    return {"custom_hooks": [dict(type=name) for name in OTHERS]}


def test_mmengines_own_checkpoint_cannot_be_resumed(tiny_runner, tmp_path):
    tiny_runner(**without_cleaning()).train()
    with pytest.raises(pickle.UnpicklingError, match="HistoryBuffer"):
        torch.load(tmp_path / "run/epoch_2.pth", weights_only=True)


def test_ours_describes_itself_and_loads_safely(tiny_runner, tmp_path):
    tiny_runner().train()
    loaded = torch.load(tmp_path / "run/epoch_2.pth", weights_only=True)
    assert loaded["meta"]["dataset_meta"] == {"classes": ["jump", "fall"]}
    assert loaded["meta"]["epoch"] == 2
    assert loaded["meta"]["seed"] == 7
    assert "TinyNet" in loaded["meta"]["cfg"]  # mmengine's own text stays
    config = stored_config({META_KEY: loaded["meta"][META_KEY]})
    assert "TinyNet" in config.model["type"]
    assert config.classes == ("jump", "fall")
    assert {"optimizer", "param_schedulers", "ema_state_dict"} <= set(loaded)
    info = loaded["message_hub"]["runtime_info"]
    assert type(info["best_score"]) is float
    best = torch.load(info["best_ckpt"], weights_only=True)
    assert best["meta"]["epoch"] in (1, 2)


def test_resume_gives_no_warning(tiny_runner, monkeypatch):
    tiny_runner(train_cfg={"max_epochs": 1}).train()
    runner = tiny_runner(resume=True)
    warnings = []
    monkeypatch.setattr(runner.logger, "warning", warnings.append)
    runner.train()
    assert runner.epoch == 2
    assert warnings == []


def test_building_the_hook_makes_loading_safe():
    CleanCheckpointHook()
    assert CheckpointLoader._get_checkpoint_loader("a.pth") is load_from_local
