"""Measure all paths that use a GPU, in ten minutes: gpu_check.py [CONFIG].

Training in full and mixed precision, two processes with NCCL, decoding by PyAV and
torchcodec, onnxruntime on CUDA; each beside the CPU's numbers. What is not here is said
with the reason, so that it also runs without a GPU. Exit status: 1 if something that is
here fails.
"""

import argparse
import sys
from pathlib import Path

from stal_plugin.engine.cli import (
    add_config_options,
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.engine.shipped_files import find_config
from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.files.output_files import check_outputs

DEFAULT = "configs/mini/yowo_agot.py"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "config", nargs="?", default=DEFAULT, help=f"default: {DEFAULT}"
    )
    parser.add_argument(
        "--onnx", metavar="FILE", help="a network that tools/export_onnx.py wrote"
    )
    parser.add_argument("--json", type=Path, help="also write the rows here")
    add_overwrite_argument(parser)
    add_config_options(parser)
    add_debug_argument(parser)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Print a row for each check as it ends."""
    args = parse_args()
    check_outputs([args.json], [args.config, args.onnx], args.overwrite)
    find_config(args.config)
    import json

    import torch

    from stal_plugin.engine.gpu_checks import all_checks, run_checks
    from stal_plugin.engine.run_config import load_config

    cfg = load_config(args.config, None, args.cfg_options)
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    names = {torch.cuda.get_device_name(number) for number in range(gpus)}
    print(f"torch {torch.__version__}, GPUs: {gpus} {', '.join(sorted(names))}".strip())
    rows = []
    for row in run_checks(all_checks(cfg, args.onnx)):
        rows.append(row)
        print(f"{row.name + ':':38}{row.state + ':':10}{row.text}", flush=True)
    if args.json:
        with atomic_file(args.json) as part:
            part.write_text(
                json.dumps([row._asdict() for row in rows], indent=1) + "\n"
            )
    if any(row.state == "failed" for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
