from collections.abc import Callable

import pytest
import torch
from mmengine.runner import Runner
from torch import nn

from stal_plugin.engine.hooks import FineTuneHook


@pytest.fixture
def runner(tiny_runner: Callable) -> Runner:
    """A tiny network whose last layer is called as a classifier's is."""
    made: Runner = tiny_runner()
    made.model.fc_cls = nn.Linear(8, 2)
    made.model.fc = made.model.fc_cls
    return made


def _checkpoint(runner: Runner, classes: list[str]) -> dict:
    weights = {k: torch.rand_like(v) for k, v in runner.model.state_dict().items()}
    for end in ("weight", "bias"):
        weights[f"fc_cls.{end}"] = torch.rand(
            len(classes), *runner.model.state_dict()[f"fc.{end}"].shape[1:]
        )
    meta = {"dataset_meta": {"classes": classes}}
    return {"meta": meta, "state_dict": {f"module.{k}": v for k, v in weights.items()}}


def test_training_takes_the_rows_of_shared_classes(runner: Runner) -> None:
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    checkpoint = _checkpoint(runner, ["sit", "fall", "run"])  # data: jump, fall
    own = {k: v.clone() for k, v in runner.model.state_dict().items()}
    given = checkpoint["state_dict"]
    lines: list[str] = []
    runner.logger.info = lines.append  # type: ignore[method-assign]
    FineTuneHook().after_load_checkpoint(runner, checkpoint)
    found = checkpoint["state_dict"]
    assert set(found) == set(own)
    assert torch.equal(found["conv.weight"], given["module.conv.weight"])
    for end in ("weight", "bias"):
        assert torch.equal(found[f"fc_cls.{end}"][0], own[f"fc_cls.{end}"][0])
        assert torch.equal(found[f"fc_cls.{end}"][1], given[f"module.fc_cls.{end}"][1])
    assert "classes kept by name: fall; anew: jump; left out: sit, run" in lines[1]
    runner.model.load_state_dict(found)


def test_resuming_and_testing_need_the_same_classes(runner: Runner) -> None:
    checkpoint = _checkpoint(runner, ["sit", "fall", "run"])
    runner._test_loop = runner.build_test_loop(runner._test_loop)
    with pytest.raises(ValueError, match=r"3 classes, the data have 2\. Test with"):
        FineTuneHook().after_load_checkpoint(runner, checkpoint)
    same = _checkpoint(runner, ["jump", "fall"])
    given = dict(same["state_dict"])
    FineTuneHook().after_load_checkpoint(runner, same)
    assert same["state_dict"] == given  # untouched
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner._resume = True
    with pytest.raises(ValueError, match="To start a new training from its weights"):
        FineTuneHook().after_load_checkpoint(runner, checkpoint)
