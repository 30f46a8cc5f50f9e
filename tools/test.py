"""Test a checkpoint: python tools/test.py CONFIG CHECKPOINT.

Predictions and numbers in the work dir are replaced by those of a further test; such
files elsewhere, which belong to another run, only with --overwrite. Of --show-dir the
pictures of an earlier call are replaced.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from stal_plugin.engine.cli import (
    add_common_arguments,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.engine.shipped_files import find_config
from stal_plugin.files.exported_files import files_of
from stal_plugin.files.output_files import check_outputs, check_own_outputs


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
    add_overwrite_argument(parser)
    add_common_arguments(parser)
    return parser.parse_args()


def check_files(
    args: argparse.Namespace, csv_path: str, annotations: Iterable[str], work_dir: str
) -> None:
    """Refuse outputs that would destroy a file.

    Args:
        args: The command line.
        csv_path: Where the predictions go.
        annotations: Annotation files of the test set.
        work_dir: Folder of the run.
    """
    read = [args.config, *files_of(args.checkpoint), *annotations]
    read += [str(Path(path).with_suffix(".json")) for path in annotations]
    numbers = Path(csv_path).with_name("metrics.json")
    check_own_outputs([csv_path, numbers], read, [work_dir], args.overwrite)
    if args.show_dir:
        names = ("contact_sheet.png", "predictions.mp4", "heatmaps.png")
        check_outputs([Path(args.show_dir, name) for name in names], read, True)


def annotation_files(node: Any) -> Iterator[str]:
    """Find the annotation files that the configs of datasets name."""
    if isinstance(node, dict):
        if isinstance(node.get("ann_file"), str) and node["ann_file"]:
            yield str(Path(node.get("data_root") or "", node["ann_file"]))
        node = list(node.values())
    if isinstance(node, (list, tuple)):
        for child in node:
            yield from annotation_files(child)


@one_line_errors
def main() -> None:
    """Test."""
    args = parse_args()
    find_config(args.config)
    # after the arguments: --help and mistakes in them shall not wait for torch
    from mmengine.dist import is_main_process

    from stal_plugin.engine import run_config
    from stal_plugin.engine.drawing import draw_heatmaps, draw_predictions
    from stal_plugin.engine.next_step import next_step
    from stal_plugin.engine.quiet_runner import QuietRunner
    from stal_plugin.evaluation.last_test import remember_test

    cfg = run_config.load_config(
        args.config, args.work_dir, args.cfg_options, args.launcher
    )
    first = cfg.get("load_from")
    run_config.set_weights(cfg, args.checkpoint, args.trust_checkpoint)
    # the work dir keeps the config, and in it what the training began with
    tested, cfg.load_from = cfg.load_from, first
    csv_path = args.out or (args.show_dir and f"{args.show_dir}/predictions.csv")
    if csv_path:
        annotations = list(annotation_files(cfg.test_dataloader.to_dict()))
        check_files(args, csv_path, annotations, cfg.work_dir)
        run_config.set_prediction_files(cfg, csv_path)
    runner = QuietRunner.from_cfg(cfg)
    runner._load_from = tested
    runner.test()
    if not is_main_process():
        return
    if csv_path:
        remember_test(cfg.work_dir, csv_path)
    if args.show_dir:
        dataset = runner.test_dataloader.dataset
        draw_predictions(dataset, csv_path, args.show_dir)
        draw_heatmaps(runner.model, dataset, Path(args.show_dir) / "heatmaps.png")
    if csv_path:
        print(next_step("report", cfg.work_dir))


if __name__ == "__main__":
    main()
