"""Test a checkpoint: python tools/test.py CONFIG CHECKPOINT."""

import argparse
from pathlib import Path

from stal_plugin.engine.cli import add_common_arguments, one_line_errors


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Test a checkpoint")
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "checkpoint", help="checkpoint file, or what tools/export_onnx.py wrote"
    )
    parser.add_argument(
        "--out",
        metavar="CSV",
        help="write the predictions here, and the numbers to metrics.json beside",
    )
    parser.add_argument(
        "--show-dir",
        help="draw a contact sheet, an mp4 and, of Center3D, heatmaps into this folder",
    )
    add_common_arguments(parser)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Test."""
    args = parse_args()
    # after the arguments: --help and mistakes in them shall not wait for torch
    from mmengine.dist import is_main_process

    from stal_plugin.engine import run_config
    from stal_plugin.engine.drawing import draw_heatmaps, draw_predictions
    from stal_plugin.engine.quiet_runner import QuietRunner

    cfg = run_config.load_config(
        args.config, args.work_dir, args.cfg_options, args.launcher
    )
    first = cfg.get("load_from")
    run_config.set_weights(cfg, args.checkpoint, args.trust_checkpoint)
    # the work dir keeps the config, and in it what the training began with
    tested, cfg.load_from = cfg.load_from, first
    csv_path = args.out or (args.show_dir and f"{args.show_dir}/predictions.csv")
    if csv_path:
        run_config.set_prediction_files(cfg, csv_path)
    runner = QuietRunner.from_cfg(cfg)
    runner._load_from = tested
    runner.test()
    if args.show_dir and is_main_process():
        dataset = runner.test_dataloader.dataset
        draw_predictions(dataset, csv_path, args.show_dir)
        draw_heatmaps(runner.model, dataset, Path(args.show_dir) / "heatmaps.png")


if __name__ == "__main__":
    main()
