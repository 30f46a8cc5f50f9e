"""Tell the training dataset which epoch it is in."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class SampleSeedHook(Hook):
    """Call ``dataset.set_epoch(epoch)`` before each training epoch.

    A dataset that seeds the augmentation of a sample by (seed, epoch, index) gives
    the same samples with any number of workers, and after a resume. Wrapped datasets
    are found through ``.dataset`` and ``.datasets``. Persistent workers hold copies
    of the dataset; they see the epoch only if the dataset keeps it in shared memory.
    """

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the epoch on every dataset that has ``set_epoch``."""
        for dataset in unwrap_datasets(runner.train_dataloader.dataset):
            if hasattr(dataset, "set_epoch"):
                dataset.set_epoch(runner.epoch)


def unwrap_datasets(dataset: Any) -> list[Any]:
    """Return a dataset and everything that it wraps, outermost first."""
    inner = [getattr(dataset, "dataset", None), *getattr(dataset, "datasets", ())]
    datasets = [dataset]
    for item in inner:
        if item is not None:
            datasets += unwrap_datasets(item)
    return datasets
