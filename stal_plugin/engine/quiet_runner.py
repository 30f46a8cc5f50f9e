"""mmengine's runner with a console for people; the log file still has everything."""

import logging
from pathlib import Path
from typing import Any

import mmengine
import torch
from mmengine.dist import get_world_size
from mmengine.logging import MMLogger
from mmengine.runner import Runner
from torch import nn

import stal_plugin
from stal_plugin.files.addresses import without_passwords

#: How messages begin that fill screens and help only to reproduce or debug a run.
FOR_THE_FILE_ONLY = (
    "\n" + "-" * 60 + "\nSystem environment:",
    "Config:\n",
    "Hooks will be executed in the following order",
    "Distributed training is not used, all SyncBatchNorm",
    '"FileClient" will be deprecated',
    '"HardDiskBackend" is the alias',
)


class QuietRunner(Runner):
    """A ``Runner`` that starts with three lines instead of five hundred.

    They say what is trained or tested, on which device, with which versions, and
    where the log is. mmengine's own start-up text (environment, whole config, order of
    the hooks) goes to the log file; with ``log_level='DEBUG'`` to the console too.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in describe_run(self):
            self.logger.info(line)

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger; no passwords, and no long texts on its console."""
        logger = super().build_logger(*args, **kwargs)
        for handler in logger.handlers:
            handler.addFilter(hide_passwords)
            to_file = isinstance(handler, logging.FileHandler)
            if not to_file and handler.level > logging.DEBUG:
                handler.addFilter(is_for_the_console)
        return logger


def hide_passwords(record: logging.LogRecord) -> bool:
    """Hide the passwords of addresses in a message; all messages pass."""
    record.msg, record.args = without_passwords(record.getMessage()), ()
    return True


def is_for_the_console(record: logging.LogRecord) -> bool:
    """Tell whether a message belongs on the console, not in the log file only."""
    return not record.getMessage().startswith(FOR_THE_FILE_ONLY)


def describe_run(runner: Runner) -> list[str]:
    """Say in a few lines what a runner is going to work with, and where it logs."""
    model = getattr(runner.model, "module", runner.model)
    parts = [type(model).__name__]
    if hasattr(model, "bbox_head"):
        parts.append(type(model.bbox_head).__name__)
    millions = sum(p.numel() for p in model.parameters()) / 1e6
    config = Path(runner.cfg.filename or runner.experiment_name).name
    return [
        f"{config}: {' with '.join(parts)}, {millions:.2f} M parameters, on "
        f"{_device(model)}, {get_world_size()} process(es), seed {runner.seed}",
        f"stal_plugin {stal_plugin.__version__}, torch {torch.__version__}, mmengine "
        f"{mmengine.__version__}",
        f"log with environment and whole config: {runner.log_dir}",
    ]


def _device(model: nn.Module) -> str:
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return device.type
