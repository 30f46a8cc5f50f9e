"""Train a model: python tools/train.py CONFIG."""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import add_common_arguments, one_line_errors
from stal_plugin.engine.shipped_files import find_config


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train a model")
    parser.add_argument("config", help="config file, e.g. configs/yowo_agot.py")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="auto|PATH",
        help="continue from a checkpoint; without PATH from the last one, if any",
    )
    parser.add_argument(
        "--load-from",
        metavar="PATH",
        help="start from the weights of this checkpoint; its classes may be others",
    )
    parser.add_argument(
        "--amp", action="store_true", help="mixed precision (needs a GPU)"
    )
    add_common_arguments(parser)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Train."""
    args = parse_args()
    find_config(args.config)
    # after the arguments: --help and mistakes in them shall not wait for torch
    from mmengine.dist import is_main_process

    from stal_plugin.engine import run_config
    from stal_plugin.engine.data_facts import fill_from_data
    from stal_plugin.engine.next_step import checkpoint_to_use, next_step
    from stal_plugin.engine.quiet_runner import QuietRunner
    from stal_plugin.engine.work_dir_lock import locked_work_dir

    cfg = run_config.load_config(
        args.config, args.work_dir, args.cfg_options, args.launcher
    )
    if args.amp:
        run_config.enable_amp(cfg)
    if args.load_from:
        cfg.load_from = args.load_from
    with locked_work_dir(cfg.work_dir):
        run_config.set_resume(cfg, args.resume)
        if cfg.get("load_from"):
            run_config.require_checkpoint(cfg.load_from, args.trust_checkpoint)
        fill_from_data(cfg)
        runner = QuietRunner.from_cfg(cfg)
        runner.train()
    checkpoint = checkpoint_to_use(cfg.work_dir)
    if checkpoint and is_main_process():
        # the config of the work dir holds what was computed from the training data
        config = Path(cfg.work_dir, Path(args.config).name)
        out = Path(cfg.work_dir, "predictions.csv")
        print(next_step("test", config, checkpoint, "--out", out))


if __name__ == "__main__":
    main()
