"""From a config file and command-line arguments to a config that a Runner takes."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.logging import print_log

from stal_plugin.compat.cpu_distributed_data_parallel import init_cpu_distributed
from stal_plugin.engine.checkpoints.last_checkpoint import last_intact_checkpoint
from stal_plugin.engine.checkpoints.safe_load import install_safe_load, trust_checkpoint
from stal_plugin.engine.clip_position import check_clip_position
from stal_plugin.engine.config_options import merge_options
from stal_plugin.engine.config_text import OnceFormattedConfig
from stal_plugin.engine.data_facts import fill_from_checkpoint
from stal_plugin.engine.shipped_files import find_config


def load_config(
    path: str,
    work_dir: str | None = None,
    options: Mapping[str, Any] | None = None,
    launcher: str = "none",
) -> Config:
    """Read a config and apply the arguments that training and testing share.

    On CPUs a launcher also starts the process group and sets the model wrapper.

    Args:
        path: Config file, or the name of one of ours.
        work_dir: Folder for logs; default: the config's, then
            ``work_dirs/<name of the config>``.
        options: Settings to change, dotted names.
        launcher: ``'none'``, ``'pytorch'``, ``'slurm'`` or ``'mpi'``.

    Raises:
        FileNotFoundError: If the config does not exist.
        ValueError: If an option names nothing in the config, or its value does not fit;
            or clips and network differ in which frame is the key frame.
    """
    path = find_config(path)
    install_safe_load()
    cfg = OnceFormattedConfig.of(Config.fromfile(path))
    merge_options(cfg, options or {})
    check_clip_position(cfg)
    _share_seed(cfg)
    cfg.launcher = launcher
    default = cfg.get("work_dir") or f"work_dirs/{Path(path).stem}"
    cfg.work_dir = work_dir or default
    if init_cpu_distributed(launcher):
        _wrap_on_cpu(cfg)
    return cfg


def _share_seed(cfg: Config) -> None:
    """Let ``randomness.seed`` also decide about the augmentation of our datasets."""
    seed = cfg.get("randomness", {}).get("seed")
    dataset = cfg.get("train_dataloader", {}).get("dataset", {})
    if seed is not None and str(dataset.get("type", "")).startswith("stal_plugin."):
        dataset.setdefault("seed", seed)


def enable_amp(cfg: Config) -> None:
    """Train in mixed precision on a GPU; say so and stay in fp32 without one."""
    if not torch.cuda.is_available():
        print_log("--amp: no GPU found, training in fp32.", level=logging.WARNING)
        return
    cfg.optim_wrapper.type = "AmpOptimWrapper"
    cfg.optim_wrapper.setdefault("loss_scale", "dynamic")


def set_resume(cfg: Config, resume: str | None) -> None:
    """Apply ``--resume [auto|PATH]``.

    Args:
        cfg: Config to change; its ``work_dir`` is set.
        resume: ``None``, ``'auto'`` (the last checkpoint of the work dir that is
            whole, if there is one) or a checkpoint.

    Raises:
        FileNotFoundError: If the given checkpoint does not exist.
        ValueError: If every checkpoint of the work dir is damaged.
    """
    if resume is None:
        return
    if resume == "auto":
        resume, problems = last_intact_checkpoint(cfg.work_dir)
        for problem in problems:
            print_log(
                f"--resume: {problem}; an earlier one is taken.", level=logging.WARNING
            )
        if resume is None:
            print_log(f"--resume: no checkpoint in {cfg.work_dir}, starting anew.")
            return
    cfg.load_from = require_checkpoint(resume)
    cfg.resume = True


def require_checkpoint(path: str, trust: bool = False) -> str:
    """Check that a checkpoint exists.

    Args:
        path: File, or an address such as ``https://...``.
        trust: Let it run code of its own when it is loaded.

    Raises:
        FileNotFoundError: If the file does not exist.
    """
    if "://" not in path and not Path(path).is_file():
        raise FileNotFoundError(
            f"checkpoint '{path}' does not exist. tools/train.py writes them to "
            "work_dirs/<name of the config>/"
        )
    if trust:
        trust_checkpoint(path)
    return path


def set_weights(cfg: Config, path: str, trust: bool = False) -> None:
    """Test a checkpoint, or an exported network in place of the config's.

    Args:
        cfg: Config to change.
        path: Checkpoint, whose config gives what this one asks of the training data,
            or a file that ``tools/export_onnx.py`` wrote.
        trust: See :func:`require_checkpoint`.

    Raises:
        FileNotFoundError: If the file does not exist.
    """
    path = require_checkpoint(path, trust)
    if Path(path).suffix == ".onnx":
        cfg.model = {"type": "stal_plugin.exported_model", "path": path}
        cfg.load_from = None
    else:
        cfg.load_from = path
        fill_from_checkpoint(cfg, path)


def set_prediction_files(cfg: Config, csv_path: str) -> None:
    """Make the evaluators write the predictions and their numbers.

    Args:
        cfg: Config to change.
        csv_path: File for the predictions; the numbers go to ``metrics.json``
            beside it, those of ``stal_plugin.VideoMAP`` too.

    Raises:
        ValueError: If the config has no ``stal_plugin.FrameMAP`` in
            ``test_evaluator``, or if the file is no csv.
    """
    path = Path(csv_path)
    if path.suffix != ".csv":
        raise ValueError(f"--out '{csv_path}': allowed is a name that ends in .csv")
    evaluators = cfg.test_evaluator
    evaluators = evaluators if isinstance(evaluators, list) else [evaluators]
    frames = [e for e in evaluators if e["type"] == "stal_plugin.FrameMAP"]
    if not frames:
        raise ValueError(
            f"--out needs a test_evaluator of type 'stal_plugin.FrameMAP', this config "
            f"has {[str(e['type']) for e in evaluators]}"
        )
    frames[0]["out_csv"] = str(path)
    for evaluator in evaluators:
        if evaluator is frames[0] or evaluator["type"] == "stal_plugin.VideoMAP":
            evaluator["out_json"] = str(path.with_name("metrics.json"))
    # FrameMAP makes the file anew, VideoMAP adds to it
    evaluators.sort(key=lambda evaluator: evaluator is not frames[0])


def _wrap_on_cpu(cfg: Config) -> None:
    """Choose the model wrapper that works on CPUs, unless the config names one."""
    wrapper = dict(cfg.get("model_wrapper_cfg") or {})
    wrapper.setdefault("type", "stal_plugin.CPUDistributedDataParallel")
    wrapper.setdefault("broadcast_buffers", False)
    wrapper.setdefault(
        "find_unused_parameters", cfg.get("find_unused_parameters", False)
    )
    cfg.model_wrapper_cfg = wrapper
