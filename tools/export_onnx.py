"""Write a checkpoint as ONNX: export_onnx.py CONFIG CHECKPOINT, or --model NAME.

The graph goes from a clip (batch, 3, T, H, W), RGB, 0 to 255, to decoded boxes;
suppression stays outside. With --form step it is one time step of a causal network:
from a frame, and what the layers saw of earlier ones, to boxes and what is to be kept.
An actor detector becomes two files that belong beside each other: NAME.onnx, a step of
its clip network for all people at once, and NAME.people.onnx, its person detector.

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
from stal_plugin.engine.source_arguments import add_pretrained_arguments
from stal_plugin.files.exported_files import INT8_KINDS, int8_copy
from stal_plugin.files.output_files import check_outputs

if TYPE_CHECKING:
    from stal_plugin.apis.exported import OnnxMetadata
    from stal_plugin.apis.exported.parity import Parity


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "config", nargs="?", help="config that the checkpoint was trained with"
    )
    parser.add_argument("checkpoint", nargs="?", help="checkpoint file")
    add_pretrained_arguments(parser)
    parser.add_argument(
        "--out",
        type=Path,
        help="default: the name of the checkpoint or the model with .onnx",
    )
    parser.add_argument(
        "--form",
        choices=["clip", "step"],
        help="the network on whole clips, or one time step of a causal network, which "
        "looks at every frame once; default: clip, of an actor detector step",
    )
    parser.add_argument(
        "--video", help="compare on this video instead of the config's test data"
    )
    parser.add_argument(
        "--clips", type=int, default=12, help="clips to compare on; default: 12"
    )
    parser.add_argument(
        "--box-tolerance",
        type=float,
        help="pixels; default: 0.001, of an actor detector 0.05",
    )
    parser.add_argument(
        "--score-tolerance",
        type=float,
        help="default: 0.00001, of an actor detector 0.001",
    )
    parser.add_argument(
        "--int8",
        choices=INT8_KINDS,
        nargs="+",
        default=[],
        help="also write copies with 8-bit numbers; static and nncf calibrate on clips "
        "of the config's training data, nncf needs the package nncf",
    )
    parser.add_argument("--calibration-clips", type=int, default=64, help="default: 64")
    parser.add_argument(
        "--check-map",
        action="store_true",
        help="also measure what the int8 copies cost in frame-mAP on the config's "
        "validation data, and write it into them; --precision auto takes a copy beside "
        "its original if it is faster and cost at most 0.01",
    )
    parser.add_argument(
        "--tensorrt",
        action="store_true",
        help="also compare the files with what TensorRT is documented to take, and "
        "print its command; TensorRT is not needed for that",
    )
    add_config_options(parser)
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    args = parser.parse_args()
    if args.model and (args.config or not args.video):
        parser.error("--model NAME has config and weights, it needs only --video FILE")
    if not args.model and args.checkpoint is None:
        parser.error("give a config and a checkpoint, or --model NAME --video FILE")
    return args


@one_line_errors
def main() -> None:
    """Export, compare, and quantize if asked to."""
    args = parse_args()
    out = args.out or Path(Path(args.checkpoint or args.model).stem + ".onnx")
    outputs = [out, *(int8_copy(out, kind) for kind in args.int8)]
    check_outputs(outputs, _inputs(args), args.overwrite)
    if args.config:
        find_config(args.config)
    # after the arguments: --help and mistakes in them shall not wait for torch
    from mmengine.registry import DefaultScope

    from stal_plugin.models.detectors import ActorDetector

    model, settings, cfg = _loaded(args)
    export = _export_actor if isinstance(model, ActorDetector) else _export_network
    with DefaultScope.overwrite_default_scope(settings.scope):
        files = export(args, model, settings, cfg, out)
    if args.tensorrt:
        from stal_plugin.apis.exported.tensorrt import tensorrt_report

        print(*map(tensorrt_report, files), sep="\n")


def _inputs(args: argparse.Namespace) -> tuple[str | None, ...]:
    return (args.config, args.checkpoint, args.video)


def _loaded(args: argparse.Namespace) -> tuple[Any, Any, Any]:
    """Network, what inference needs to know, and the config if one is given."""
    import torch

    from stal_plugin.apis.load_model import load_model
    from stal_plugin.engine.pretrained import pretrained
    from stal_plugin.engine.run_config import load_config, require_checkpoint

    device = torch.device("cpu")
    if args.model:
        return (*load_model(pretrained(args.model, args.weights), None, device), None)
    cfg = load_config(args.config, None, args.cfg_options)
    checkpoint = require_checkpoint(args.checkpoint)
    return (*load_model(checkpoint, cfg, device), cfg)


def _clips(args: argparse.Namespace, settings: Any, cfg: Any) -> list[Any]:
    """Clips to compare on."""
    from stal_plugin.apis.exported.parity import dataset_inputs, video_clips

    if args.video:
        return list(video_clips(args.video, settings, args.clips))
    try:
        return dataset_inputs(cfg, "test_dataloader", args.clips)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error}. Or compare on any video: --video FILE"
        ) from None


def _export_network(
    args: argparse.Namespace, model: Any, settings: Any, cfg: Any, out: Path
) -> list[Path]:
    import torch

    from stal_plugin.apis.exported.exported_graph import ExportedGraph
    from stal_plugin.apis.exported.parity import measure_parity
    from stal_plugin.apis.exported.write_onnx import checked_export

    clips = torch.stack(_clips(args, settings, cfg))
    tolerance = _tolerance(args, 1e-3, 1e-5)
    form = args.form or "clip"
    metadata, parity = checked_export(model, settings, out, clips, tolerance, form)
    print(f"{_described(out, metadata.numbers)}\n  input: {_input(metadata)}")
    decode = ExportedGraph(model).decode
    _tell(args, out, parity, lambda m: measure_parity(decode, m, clips[::3]))
    for kind in args.int8:
        _quantize(args, cfg, kind, out, metadata, clips)
    return [out, *(int8_copy(out, kind) for kind in args.int8)]


def _export_actor(
    args: argparse.Namespace, model: Any, settings: Any, cfg: Any, out: Path
) -> list[Path]:
    from stal_plugin.apis.exported.actor.parity import measure_actor_parity
    from stal_plugin.apis.exported.actor.write_actor import (
        actor_files,
        checked_actor_export,
    )

    if args.int8 or args.form == "clip":
        raise ValueError(
            "an actor detector is exported as a step, in float32: leave --form and "
            "--int8 out (docs/export.md says what int8 would bring)"
        )
    files = actor_files(model, out)
    check_outputs(files, _inputs(args), args.overwrite)
    clips = _clips(args, settings, cfg)
    tolerance = _tolerance(args, 0.05, 1e-3)
    metadata, parity = checked_actor_export(model, settings, out, clips, tolerance)
    people = "image (batch, 3, height, width), float32, any size"
    inputs = [_step_input(model.view), people]
    for path, text in zip(files, inputs, strict=False):
        print(f"{_described(path, metadata.numbers)}\n  input: {text}")
    _tell(args, out, parity, lambda m: measure_actor_parity(model, m, clips[::3]))
    return list(files)


def _step_input(view: Any) -> str:
    picture = f"3, {view.size}, {view.size}), float32, RGB, 0 to 1"
    if view.kind == "frame":
        return (
            f"frame (states, {picture}, and boxes (people, 4); beside them what the "
            "step before kept of the video and of each person"
        )
    return (
        f"view (people, {picture}; beside it what the step before kept of each person"
    )


def _tolerance(
    args: argparse.Namespace, boxes: float, scores: float
) -> tuple[float, float]:
    """Largest differences allowed: those that are given, or these."""
    given = (args.box_tolerance, args.score_tolerance)
    defaults = (boxes, scores)
    one, two = (d if g is None else g for g, d in zip(given, defaults, strict=True))
    return one, two


def _tell(args: argparse.Namespace, out: Path, parity: "Parity", measure: Any) -> None:
    """Print the differences with each installed engine."""
    from stal_plugin.apis.exported.engine_parity import engine_parities, parity_text

    footage = args.video or "the test data"
    print(f"  largest differences to PyTorch on {footage}:")
    for engine, found in engine_parities(out, parity, measure):
        print(f"  {parity_text(engine, found)}")


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
    from stal_plugin.apis.exported.quantize import CALIBRATED, quantize

    target = int8_copy(source, kind)
    calibration = None
    if kind in CALIBRATED:
        calibration = dataset_clips(cfg, "train_dataloader", args.calibration_clips)
    quantize(source, target, metadata, kind, calibration)
    result = OnnxModel(target)
    parity = measure_parity(OnnxModel(source), result, clips)
    print(_described(target, result.metadata.numbers))
    print(
        "  largest difference to float32 on the same clips, all boxes, weak ones too:"
    )
    print(f"  boxes {parity.boxes:.1f} pixels, scores {parity.scores:.3f}")
    if args.check_map:
        _measure_cost(source, target, result.metadata, cfg)
        return
    command = shlex.join(["python", "tools/test.py", str(args.config), str(target)])
    print(f"  its mAP: {command}")


def _measure_cost(
    source: Path, target: Path, metadata: "OnnxMetadata", cfg: Any
) -> None:
    from stal_plugin.apis.exported.map_cost import measured_map_cost, record_map_cost

    exact, cost = measured_map_cost(source, target, cfg)
    record_map_cost(target, metadata, cost)
    print(f"  frame-mAP on the validation data: {exact:.4f} in float32, {-cost:+.4f}")


def _described(path: Path, numbers: str) -> str:
    return f"{path}: {path.stat().st_size / 1e6:.1f} MB, {numbers}"


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
