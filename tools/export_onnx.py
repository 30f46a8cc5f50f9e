"""Write a checkpoint as ONNX: export_onnx.py CONFIG CHECKPOINT.

The graph goes from a clip (batch, 3, T, H, W), RGB, 0 to 255, to decoded boxes;
suppression stays outside. With --form step it is one time step of a causal network:
from a frame, and what the layers saw of earlier ones, to boxes and what is to be kept.

The file carries all settings: ActionDetector, tools/predict.py and tools/test.py take
it in place of a checkpoint. It is written only if it agrees with PyTorch on real
frames.
"""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stal_plugin.engine.cli import (
    add_config_options,
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.engine.shipped_files import find_config
from stal_plugin.files.output_files import check_outputs

if TYPE_CHECKING:
    from stal_plugin.apis.exported import OnnxMetadata


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config that the checkpoint was trained with")
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument(
        "--out", type=Path, help="default: the checkpoint's name with .onnx"
    )
    parser.add_argument(
        "--form",
        choices=["clip", "step"],
        default="clip",
        help="the network on whole clips, or one time step of a causal network, which "
        "looks at every frame once; default: clip",
    )
    parser.add_argument(
        "--video", help="compare on this video instead of the config's test data"
    )
    parser.add_argument(
        "--clips", type=int, default=12, help="clips to compare on; default: 12"
    )
    parser.add_argument(
        "--box-tolerance", type=float, default=1e-3, help="pixels; default: 0.001"
    )
    parser.add_argument(
        "--score-tolerance", type=float, default=1e-5, help="default: 0.00001"
    )
    parser.add_argument(
        "--int8",
        choices=["dynamic", "static"],
        nargs="+",
        default=[],
        help="also write copies with 8-bit numbers; static calibrates on clips of the "
        "config's training data",
    )
    parser.add_argument("--calibration-clips", type=int, default=64, help="default: 64")
    add_config_options(parser)
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    return parser.parse_args()


@one_line_errors
def main() -> None:
    """Export, compare, and quantize if asked to."""
    args = parse_args()
    out = args.out or Path(Path(args.checkpoint).stem + ".onnx")
    outputs = [out, *(int8_copy(out, kind) for kind in args.int8)]
    check_outputs(outputs, (args.config, args.checkpoint, args.video), args.overwrite)
    find_config(args.config)
    # after the arguments: --help and mistakes in them shall not wait for torch
    import torch
    from mmengine.registry import DefaultScope

    from stal_plugin.apis.exported.parity import dataset_clips, video_clips
    from stal_plugin.apis.exported.write_onnx import checked_export
    from stal_plugin.apis.load_model import load_model
    from stal_plugin.engine.run_config import load_config, require_checkpoint

    cfg = load_config(args.config, None, args.cfg_options)
    checkpoint = require_checkpoint(args.checkpoint)
    model, settings = load_model(checkpoint, cfg, torch.device("cpu"))
    with DefaultScope.overwrite_default_scope(settings.scope):
        if args.video:
            clips = video_clips(args.video, settings, args.clips)
        else:
            try:
                clips = dataset_clips(cfg, "test_dataloader", args.clips)
            except FileNotFoundError as error:
                raise FileNotFoundError(
                    f"{error}. Or compare on any video: --video FILE"
                ) from None
        tolerance = (args.box_tolerance, args.score_tolerance)
        metadata, parity = checked_export(
            model, settings, out, clips, tolerance, args.form
        )
        footage = args.video or "the test data"
        print(f"{_described(out, metadata)}\n  input: {_input(metadata)}")
        print(f"  largest difference to PyTorch on {len(clips)} clips of {footage}:")
        print(f"  boxes {parity.boxes:.1e} pixels, scores {parity.scores:.1e}")
        for kind in args.int8:
            _quantize(args, cfg, kind, out, metadata, clips)


def int8_copy(path: Path, kind: str) -> Path:
    """Name of the copy with 8-bit numbers."""
    return path.with_name(f"{path.stem}_int8-{kind}.onnx")


def _quantize(
    args: argparse.Namespace,
    cfg: Any,
    kind: str,
    source: Path,
    metadata: "OnnxMetadata",
    clips: Any,
) -> None:
    from stal_plugin.apis.exported import OnnxModel
    from stal_plugin.apis.exported.parity import dataset_clips, measure_parity
    from stal_plugin.apis.exported.quantize import quantize

    target = int8_copy(source, kind)
    calibration = None
    if kind == "static":
        calibration = dataset_clips(cfg, "train_dataloader", args.calibration_clips)
    quantize(source, target, metadata, kind, calibration)
    result = OnnxModel(target)
    parity = measure_parity(OnnxModel(source), result, clips)
    print(_described(target, result.metadata))
    print(
        "  largest difference to float32 on the same clips, all boxes, weak ones too:"
    )
    print(f"  boxes {parity.boxes:.1f} pixels, scores {parity.scores:.3f}")
    command = shlex.join(["python", "tools/test.py", str(args.config), str(target)])
    print(f"  its mAP: {command}")


def _described(path: Path, metadata: "OnnxMetadata") -> str:
    size = path.stat().st_size / 1e6
    return f"{path}: {size:.1f} MB, {metadata.numbers}"


def _input(metadata: "OnnxMetadata") -> str:
    name, kept = "clip", ""
    shape: tuple[int, ...] = (3, metadata.sampling.clip_len, *metadata.size)
    if metadata.stream is not None:
        count = sum(map(max, metadata.stream.values()))
        name, shape = "frame", (3, *metadata.size)
        kept = f"; beside it {count} kept maps of earlier frames"
    sizes = ", ".join(map(str, shape))
    return f"{name} (batch, {sizes}), float32, RGB, 0 to 255{kept}"


if __name__ == "__main__":
    main()
