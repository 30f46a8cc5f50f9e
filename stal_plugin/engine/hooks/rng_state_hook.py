"""Make the random numbers of an iteration a function of the seed and the iteration."""

import random

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner

from stal_plugin.registry import HOOKS


@HOOKS.register_module()
class RNGStateHook(Hook):
    """Seed Python, numpy and torch anew at each training iteration.

    A resumed run then draws what the uninterrupted run would have drawn, whatever
    happened to the generators in between (a validation, the start of the workers of
    a data loader). A saved generator state cannot give that: starting workers draws
    from it once more in the resumed run. Ranks get different numbers.

    Without ``randomness = dict(seed=...)`` in the config, a resumed run goes on with
    the seed of the checkpoint, which mmengine does not tell the sampler.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Give the sampler the seed of a resumed run."""
        loader = runner.train_dataloader
        samplers = [loader.sampler, getattr(loader.batch_sampler, "sampler", None)]
        for sampler in samplers:
            if hasattr(sampler, "seed"):
                sampler.seed = runner.seed

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed what is drawn before the first iteration: the start of the workers."""
        seed_all(runner.seed, runner.iter, get_rank(), stream=0)

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None
    ) -> None:
        """Seed the iteration."""
        seed_all(runner.seed, runner.iter, get_rank(), stream=1)


def seed_all(seed: int, iteration: int, rank: int, stream: int) -> None:
    """Seed the generators of Python, numpy and torch (CUDA too).

    Args:
        seed: The run's seed.
        iteration: Number of iterations done so far.
        rank: Process number in a distributed run.
        stream: Tells apart several uses within one iteration.
    """
    sequence = np.random.SeedSequence([seed, iteration, rank, stream])
    value = int(sequence.generate_state(1)[0])
    random.seed(value)
    np.random.seed(value)  # noqa: NPY002 - what host transforms draw from
    torch.manual_seed(value)
