import math
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import BaseDataElement

from stal_plugin.engine.hooks import NonFiniteLossHook
from stal_plugin.engine.hooks.non_finite_loss_hook import sample_names


def state(runner):
    return {k: v.clone() for k, v in runner.model.state_dict().items()}


def test_nan_in_the_input_stops_with_the_names_and_unharmed_weights(tiny_runner):
    options = {
        "train_dataloader.dataset.poison": 5,
        "train_dataloader.sampler.shuffle": False,
        "train_dataloader.num_workers": 0,
    }
    runner = tiny_runner(**options)
    with pytest.raises(FloatingPointError) as caught:
        runner.train()
    text = str(caught.value)
    # the second batch of four holds frames 1 to 4 of the second video
    names = "video 1:1, video 1:2, video 1:3, video 1:4"
    assert "iteration 1: the loss is not finite: loss_cls = nan." in text
    assert f"Samples of the batch: {names}." in text
    assert all(v.isfinite().all() for v in runner.model.state_dict().values())


def test_without_the_hook_the_weights_become_nan(tiny_runner):
    runner = tiny_runner(
        **{"train_dataloader.dataset.poison": 5},
        custom_hooks=[dict(type="stal_plugin.CleanCheckpointHook")],
    )
    runner.train()
    assert not all(v.isfinite().all() for v in runner.model.state_dict().values())


@pytest.mark.parametrize("clip", [None, {"max_norm": 1.0}])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_gradients_are_checked_before_the_step(tiny_runner, clip, value):
    runner = tiny_runner(**{"optim_wrapper.clip_grad": clip})
    runner.model.conv.weight.register_hook(lambda grad: grad * value)
    before = None

    class Watch(NonFiniteLossHook):
        def before_train_iter(self, runner, batch_idx, data_batch=None):
            nonlocal before
            before = state(runner)

    runner.register_hook(Watch())
    with pytest.raises(FloatingPointError, match=r"gradients.*conv\.weight"):
        runner.train()
    after = state(runner)
    assert all(torch.equal(before[name], after[name]) for name in after)


def test_a_good_run_is_left_alone_and_nothing_stays_behind(tiny_runner):
    runner = tiny_runner()
    runner.train()
    assert runner.epoch == 2
    assert not runner.model._forward_hooks
    assert not runner.optim_wrapper.optimizer._optimizer_step_pre_hooks


def test_losses_of_every_kind():
    hook = NonFiniteLossHook()
    hook._data_batch = {"data_samples": []}
    model = SimpleNamespace(training=True)
    good = {"a": torch.ones(2), "b": [torch.ones(1), torch.zeros(3)], "n": 4}
    hook._check_losses(model, (), good)
    bad = {**good, "b": [torch.ones(1), torch.tensor([0.0, math.inf])]}
    with pytest.raises(FloatingPointError, match="a = 1, b = inf"):
        hook._check_losses(model, (), bad)
    model.training = False  # predictions may hold anything
    hook._check_losses(model, (), bad)


def test_sample_names():
    sample = BaseDataElement(metainfo={"video_id": "a/b c", "frame": 7})
    assert sample_names({"data_samples": [sample, BaseDataElement()]}) == [
        "a/b c:7",
        "sample 1:?",
    ]
    assert sample_names(None) == ["unknown"]
