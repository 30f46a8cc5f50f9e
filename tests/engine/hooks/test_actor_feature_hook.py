from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fixtures.actors import actor_model
from mmengine.runner import BaseLoop

from stal_plugin.datasets.actor_feature_dataset import ActorFeatureDataset
from stal_plugin.engine.hooks import actor_feature_hook
from stal_plugin.engine.hooks.actor_feature_hook import ActorFeatureHook


class _Loop(BaseLoop):
    """A loop over a data set that is never run."""

    def __init__(self, dataset: Any) -> None:
        self.dataloader = SimpleNamespace(dataset=dataset)

    def run(self) -> None:
        """Nothing."""


class _Dataset(ActorFeatureDataset):
    """Notes what it is given."""

    def __init__(self) -> None:
        self.dataset, self.tables, self.files = None, {}, []

    def load(self, files: Any) -> None:
        self.files.append(files)
        self.tables = {"v": None}


def _runner(model: Any, train: Any = None, val: Any = None, test: Any = None) -> Any:
    loops = {"_train_loop": train, "_val_loop": val, "_test_loop": test}
    made = {k: None if d is None else _Loop(d) for k, d in loops.items()}
    return SimpleNamespace(model=model, **made)


@pytest.fixture(autouse=True)
def features(monkeypatch: pytest.MonkeyPatch) -> list:
    """Replaces the making of features by a note of the model's mode."""
    modes: list[bool] = []

    def features_of(dataset: Any, model: Any) -> dict:
        modes.append(model.training)
        return {"v": Path("x")}

    monkeypatch.setattr(actor_feature_hook, "features_of", features_of)
    return modes


def test_each_data_set_is_prepared_once_in_test_mode(features: list) -> None:
    model = actor_model().train()
    train, val = _Dataset(), SimpleNamespace(dataset=_Dataset())
    runner = _runner(model, train, val)
    hook = ActorFeatureHook()
    hook.before_train(runner)
    assert train.files == val.dataset.files == [{"v": Path("x")}]
    assert not any(features)
    assert model.training
    hook.before_val(runner)
    hook.before_train(runner)
    assert len(train.files) == len(val.dataset.files) == 1


def test_the_test_is_prepared_too() -> None:
    tested = _Dataset()
    ActorFeatureHook().before_test(_runner(actor_model(), test=tested))
    assert tested.files


def test_other_data_and_loops_that_are_not_built_are_left_alone() -> None:
    runner = _runner(None, train=[1, 2])
    runner._val_loop = {"type": "ValLoop"}
    ActorFeatureHook().before_train(runner)


LEARNS = {"frozen": ("person_detector",)}


def test_parts_that_learn_cannot_be_kept() -> None:
    runner = _runner(actor_model(train_cfg=LEARNS), train=_Dataset())
    with pytest.raises(ValueError, match="clip_network would be trained, but"):
        ActorFeatureHook().before_train(runner)


def test_a_network_that_learns_looks_anew_before_each_validation() -> None:
    model = actor_model(train_cfg=LEARNS)
    val, test = _Dataset(), _Dataset()
    runner = _runner(model, [1, 2], val, test)
    hook = ActorFeatureHook()
    hook.before_train(runner)
    assert not val.files
    hook.before_val(runner)
    hook.before_val(runner)
    hook.before_test(runner)
    assert (len(val.files), len(test.files)) == (2, 1)
    runner._val_loop.dataloader.persistent_workers = True
    with pytest.raises(ValueError, match=r"val_dataloader\.persistent_workers=False"):
        hook.before_val(runner)
