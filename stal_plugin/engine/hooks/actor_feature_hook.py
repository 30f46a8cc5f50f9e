"""Give data sets of kept features what they need, before they are read."""

from typing import Any

from mmengine.dist import barrier, is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner

from stal_plugin.datasets.actor_feature_dataset import ActorFeatureDataset
from stal_plugin.engine.actor_features.build import features_of
from stal_plugin.engine.hooks.sample_seed_hook import unwrap_datasets
from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class ActorFeatureHook(Hook):
    """Look at the videos of each ``ActorFeatureDataset`` with the run's networks.

    It happens once, before the first epoch or the test, with the weights that the run
    begins with. Where a part that looks learns, from clips, validation and test look
    anew each time; to train on what is kept all of them must be frozen.
    """

    def before_train(self, runner: Runner) -> None:
        """Prepare the data of training, and of validation if that can be done once."""
        parts = learning_parts(_model(runner))
        if parts and _kept(runner._train_loop):
            raise ValueError(
                f"{', '.join(parts)} would be trained, but features are kept: name "
                "them in model.train_cfg.frozen, or train on clips (the inner dataset "
                "of the ActorFeatureDataset)"
            )
        self._prepare(runner, runner._train_loop)
        if not parts:
            self._prepare(runner, runner._val_loop)

    def before_val(self, runner: Runner) -> None:
        """Prepare the data of validation."""
        self._prepare(runner, runner._val_loop)

    def before_test(self, runner: Runner) -> None:
        """Prepare the data of the test."""
        self._prepare(runner, runner._test_loop)

    def _prepare(self, runner: Runner, loop: Any) -> None:
        model = _model(runner)
        anew = bool(learning_parts(model))
        for dataset in _kept(loop):
            if anew and getattr(loop.dataloader, "persistent_workers", False):
                raise ValueError(
                    "a network that learns looks at the videos anew before each "
                    "validation, which persistent workers do not see: set "
                    "val_dataloader.persistent_workers=False"
                )
            if anew or not dataset.tables:
                training = model.training
                model.eval()
                if is_main_process():
                    features_of(dataset, model)
                barrier()
                dataset.load(features_of(dataset, model))
                model.train(training)


def learning_parts(model: Any) -> list[str]:
    """Names of the parts of an actor detector that look at videos and learn."""
    parts = ("person_detector", "clip_network")
    return [p for p in parts if getattr(model, p, None) and p not in model.frozen]


def _model(runner: Runner) -> Any:
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _kept(loop: Any) -> list[ActorFeatureDataset]:
    """Data sets of kept features that a loop reads; none if it is not built."""
    if not isinstance(loop, BaseLoop):
        return []
    datasets = unwrap_datasets(loop.dataloader.dataset)
    return [own for own in datasets if isinstance(own, ActorFeatureDataset)]
