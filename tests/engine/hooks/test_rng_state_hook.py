import random

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook

from stal_plugin.engine.hooks.rng_state_hook import seed_all


class Kill(Hook):
    """Stop the process, in effect, when the second epoch begins."""

    def before_train_epoch(self, runner):
        if runner.epoch == 1:
            raise KeyboardInterrupt


def weights(work_dir):
    return torch.load(work_dir / "epoch_2.pth", weights_only=True)


def equal(first, second):
    keys = ("state_dict", "ema_state_dict")
    return all(
        torch.equal(first[key][name], second[key][name])
        for key in keys
        for name in first[key]
    )


LOADERS = {
    "no workers": {},
    "workers": {"train_dataloader.num_workers": 2},
    "persistent workers": {
        "train_dataloader.num_workers": 2,
        "train_dataloader.persistent_workers": True,
    },
}


def interrupted(tiny_runner, work_dir, **options):
    runner = tiny_runner(work_dir, **options)
    runner.register_hook(Kill(), priority="VERY_HIGH")
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    tiny_runner(work_dir, resume=True, **options).train()


@pytest.mark.parametrize("options", LOADERS.values(), ids=LOADERS)
def test_resumed_run_equals_the_uninterrupted_one(tiny_runner, tmp_path, options):
    tiny_runner("whole", **options).train()
    interrupted(tiny_runner, "resumed", **options)
    whole, resumed = weights(tmp_path / "whole"), weights(tmp_path / "resumed")
    assert equal(whole, resumed)
    first, second = whole["optimizer"]["state"], resumed["optimizer"]["state"]
    assert torch.equal(first[0]["exp_avg_sq"], second[0]["exp_avg_sq"])
    assert whole["param_schedulers"] == resumed["param_schedulers"]
    best = [c["message_hub"]["runtime_info"]["best_score"] for c in (whole, resumed)]
    assert best[0] == best[1]


def test_number_of_workers_does_not_change_the_result(tiny_runner, tmp_path):
    tiny_runner("none").train()
    tiny_runner("two", **LOADERS["persistent workers"]).train()
    assert equal(weights(tmp_path / "none"), weights(tmp_path / "two"))


def test_without_the_hook_the_resumed_run_differs(tiny_runner, tmp_path):
    def without(options):
        return {"custom_hooks": [dict(type=t) for t in options]}

    hooks = without(["stal_plugin.SampleSeedHook", "stal_plugin.CleanCheckpointHook"])
    tiny_runner("whole", **hooks).train()
    interrupted(tiny_runner, "resumed", **hooks)
    whole, resumed = weights(tmp_path / "whole"), weights(tmp_path / "resumed")
    name = "conv.weight"
    assert not torch.equal(whole["state_dict"][name], resumed["state_dict"][name])


def test_without_a_seed_in_the_config_the_sampler_gets_the_resumed_one(
    tiny_runner, tmp_path
):
    whole = tiny_runner("whole", randomness={"seed": None})
    runner = tiny_runner("resumed", randomness={"seed": whole.seed})
    runner.register_hook(Kill(), priority="VERY_HIGH")
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    whole.train()
    resumed = tiny_runner("resumed", randomness={"seed": None}, resume=True)
    assert resumed.seed != whole.seed
    resumed.train()
    assert resumed.train_dataloader.sampler.seed == whole.seed
    assert equal(weights(tmp_path / "whole"), weights(tmp_path / "resumed"))


def draw():
    legacy = np.random.rand()  # noqa: NPY002 - what host transforms use
    return random.random(), float(legacy), float(torch.rand(()))


def test_seed_all_is_a_function_of_its_arguments():
    seed_all(7, 5, 0, 1)
    first = draw()
    seed_all(7, 5, 0, 1)
    assert draw() == first


@pytest.mark.parametrize(
    "other", [(8, 5, 0, 1), (7, 6, 0, 1), (7, 5, 1, 1), (7, 5, 0, 0)]
)
def test_each_argument_of_seed_all_counts(other):
    seed_all(7, 5, 0, 1)
    first = draw()
    seed_all(*other)
    assert all(a != b for a, b in zip(first, draw(), strict=True))
