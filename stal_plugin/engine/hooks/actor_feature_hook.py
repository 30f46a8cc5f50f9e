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
    begins with; the parts must be frozen, else what is kept would be old.
    """

    def before_train(self, runner: Runner) -> None:
        """Prepare the data of training and validation."""
        self._prepare(runner, runner._train_loop)
        self._prepare(runner, runner._val_loop)

    def before_val(self, runner: Runner) -> None:
        """Prepare the data of validation."""
        self._prepare(runner, runner._val_loop)

    def before_test(self, runner: Runner) -> None:
        """Prepare the data of the test."""
        self._prepare(runner, runner._test_loop)

    def _prepare(self, runner: Runner, loop: Any) -> None:
        if not isinstance(loop, BaseLoop):
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        for dataset in unwrap_datasets(loop.dataloader.dataset):
            if isinstance(dataset, ActorFeatureDataset) and not dataset.tables:
                check_frozen(model)
                training = model.training
                model.eval()
                if is_main_process():
                    features_of(dataset, model)
                barrier()
                dataset.load(features_of(dataset, model))
                model.train(training)


def check_frozen(model: Any) -> None:
    """Raise ValueError if what is kept would be old after a step."""
    open_parts = [
        name
        for name in ("person_detector", "clip_network")
        if getattr(model, name, None) is not None and name not in model.frozen
    ]
    if open_parts:
        raise ValueError(
            f"{', '.join(open_parts)} would be trained, but features are kept: name "
            "them in model.train_cfg.frozen, or train on clips (the inner dataset "
            "of the ActorFeatureDataset)"
        )
