from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import Hook

from stal_plugin.engine.hooks.resume_schedule_hook import (
    ResumeScheduleHook,
    changed_settings,
)


class Rates(Hook):
    """Notes the learning rate of every iteration."""

    def __init__(self):
        self.rates = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.rates.append(runner.optim_wrapper.get_lr()["lr"][0])


class Kill(Hook):
    """Stop the process, in effect, when the second epoch begins."""

    def before_train_epoch(self, runner):
        if runner.epoch == 1:
            raise KeyboardInterrupt


def options(schedule, epochs, hook=True):
    hooks = ["RNGStateHook", "SampleSeedHook", "CleanCheckpointHook"]
    hooks += ["ResumeScheduleHook"] if hook else []
    return {
        "train_cfg": {"max_epochs": epochs},
        "param_scheduler": schedule(epochs),
        "custom_hooks": [{"type": f"stal_plugin.{name}"} for name in hooks],
    }


def one_cycle(epochs):
    return {
        "type": "OneCycleLR",
        "eta_max": 0.02,
        "total_steps": epochs,
        "by_epoch": True,
        "convert_to_iter_based": True,
    }


def warmup_and_cosine(epochs):
    return [
        {"type": "LinearLR", "start_factor": 0.1, "by_epoch": False, "end": 4},
        {"type": "CosineAnnealingLR", "T_max": epochs, "by_epoch": True},
    ]


def milestones(epochs):
    return [{"type": "MultiStepLR", "by_epoch": True, "milestones": [epochs // 2]}]


def train(tiny_runner, work_dir, settings, **others):
    runner = tiny_runner(work_dir, **settings, **others)
    rates = Rates()
    runner.register_hook(rates, priority="LOWEST")
    runner.train()
    return rates.rates


@pytest.mark.parametrize("schedule", [one_cycle, warmup_and_cosine, milestones])
def test_longer_training_follows_the_longer_schedule(tiny_runner, capfd, schedule):
    whole = train(tiny_runner, "whole", options(schedule, 4))
    train(tiny_runner, "run", options(schedule, 2))
    rest = train(
        tiny_runner, "run", options(schedule, 4), resume=True, log_level="WARNING"
    )
    assert rest == pytest.approx(whole[len(whole) // 2 :], rel=1e-12)
    assert "The config's is followed: epoch 3 begins" in capfd.readouterr().out


def test_mmengine_alone_keeps_the_old_end(tiny_runner):
    """The fault that the hook mends."""
    train(tiny_runner, "run", options(warmup_and_cosine, 2, hook=False))
    rest = train(
        tiny_runner, "run", options(warmup_and_cosine, 4, hook=False), resume=True
    )
    whole = train(tiny_runner, "whole", options(warmup_and_cosine, 4, hook=False))
    assert rest != pytest.approx(whole[len(whole) // 2 :], rel=1e-3)


def test_an_unchanged_config_is_left_alone_to_the_bit(tiny_runner, tmp_path, capfd):
    settings = options(one_cycle, 2)
    whole = train(tiny_runner, "whole", settings)
    runner = tiny_runner("run", **settings)
    runner.register_hook(Kill())
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    rest = train(tiny_runner, "run", settings, resume=True, log_level="WARNING")
    assert rest == whole[len(whole) // 2 :]
    assert "schedule" not in capfd.readouterr().out
    a, b = (
        torch.load(tmp_path / name / "epoch_2.pth", weights_only=True)
        for name in ("whole", "run")
    )
    assert all(
        torch.equal(a["state_dict"][k], b["state_dict"][k]) for k in a["state_dict"]
    )


def test_another_batch_size_counts_the_iterations_anew(tiny_runner, tmp_path, capfd):
    settings = options(one_cycle, 2)
    train(tiny_runner, "run", {**settings, "train_cfg": {"max_epochs": 1}})
    bigger = {"train_dataloader": {"batch_size": 8}}
    whole = train(tiny_runner, "whole", settings, **bigger)
    rest = train(
        tiny_runner, "run", settings, **bigger, resume=True, log_level="WARNING"
    )
    assert rest == pytest.approx(whole[len(whole) // 2 :], rel=1e-12)
    assert "iterations " in capfd.readouterr().out
    end = torch.load(tmp_path / "run/epoch_2.pth", weights_only=True)["meta"]
    assert end["iter"] == len(whole)


def test_settings_are_told_from_counters():
    restored = {"total_steps": 12, "last_step": 5, "gamma": 0.1}
    fresh = {"total_steps": 24, "last_step": 0, "gamma": 0.1}
    assert changed_settings(restored, fresh) == [("total_steps", 12, 24)]


def test_a_test_with_the_config_of_a_training_has_no_schedule():
    # mmengine builds neither optimizer nor schedulers when it tests
    settings = {"optim_wrapper": {"type": "OptimWrapper"}, "_resume": False}
    runner = SimpleNamespace(**settings, param_schedulers=[one_cycle(2)], iter=0)
    hook = ResumeScheduleHook()
    hook.before_run(runner)
    hook.before_train(runner)
