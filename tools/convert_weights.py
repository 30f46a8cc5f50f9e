"""Turn pretrained weights from elsewhere into a checkpoint for a part of a model.

Examples:
    python tools/convert_weights.py yolov2 yolov2.weights weights/yolov2-coco.pth
    python tools/convert_weights.py mmdet-centernet centernet_r18.pth weights/c.pth
    python tools/convert_weights.py movinet movinet_a0.tflite weights/movinet_a0.pth
"""

import argparse
import re
from pathlib import Path

from stal_plugin.engine.cli import (
    add_debug_argument,
    add_overwrite_argument,
    one_line_errors,
)
from stal_plugin.files.output_files import check_outputs

FORMATS = {
    "yolov2": "YOLOv2 for COCO, Darknet's yolov2.weights -> Darknet19",
    "darknet19": "ImageNet classifier, darknet19_448.weights or .conv.23 -> Darknet19",
    "darknet53": "ImageNet classifier, darknet53.conv.74 -> mmdet.Darknet (YOLOv3)",
    "darknet": "any network that begins as these do, NAME.weights beside NAME.cfg",
    "mobilenetv2": "ImageNet, torchvision's mobilenet_v2-*.pth -> mmdet.MobileNetV2",
    "shufflenetv2": "ImageNet, of torchvision or its authors -> ShuffleNetV2",
    "kinetics-resnet3d18": "K. Hara's resnet-18-kinetics.pth -> ResNet3D18",
    "torchvision-r3d18": "torchvision's r3d_18-*.pth -> ResNet3D18",
    "movinet": "Google's MoViNet A0 to A2, .tflite or .index -> MoViNet, MoViNetHead",
    "mmdet-centernet": "mmdet's CenterNet with ResNet-18 for COCO -> Center3D",
    "yolox": "YOLOX for COCO, its authors' yolox_*.pth or .onnx -> mmdet.YOLOX",
    "yolox-person": "the same, of COCO's classes only person -> mmdet.YOLOX",
}


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    formats = "\n".join(f"  {name:20} {text}" for name, text in FORMATS.items())
    parser = argparse.ArgumentParser(
        description=f"{__doc__}\nFormats:\n{formats}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("format", choices=FORMATS, help="what the file is")
    parser.add_argument("source", help="file to read")
    parser.add_argument("out", help="checkpoint to write, e.g. weights/NAME.pth")
    parser.add_argument(
        "--config",
        help="config whose model takes the weights; default: the model of the file",
    )
    parser.add_argument(
        "--labels",
        help="text file with the names of the classes of a movinet, one a line, to be "
        "kept in the checkpoint",
    )
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="let the source run code of its own while it is loaded",
    )
    add_overwrite_argument(parser)
    add_debug_argument(parser)
    return parser.parse_args()


def beside(source: Path) -> list[Path]:
    """Files that are read with a source: Darknet's cfg, TensorFlow's data."""
    parts = re.compile(re.escape(source.stem) + r"\.(cfg|data-\d+-of-\d+)")
    folder = source.parent.iterdir() if source.parent.is_dir() else ()
    return [file for file in folder if parts.fullmatch(file.name)]


@one_line_errors
def main() -> None:
    """Convert, print, save."""
    args = parse_args()
    inputs = (args.source, args.config, args.labels, *beside(Path(args.source)))
    check_outputs([args.out], inputs, args.overwrite)
    # after the arguments: --help and mistakes in them shall not wait for torch
    from mmengine.config import Config
    from rich.console import Console

    from stal_plugin.engine.checkpoints.class_names import with_class_names
    from stal_plugin.engine.checkpoints.conversion import (
        convert_weights,
        describe,
        save_weights,
    )
    from stal_plugin.engine.checkpoints.fitting import fit_table
    from stal_plugin.engine.checkpoints.safe_load import trust_checkpoint
    from stal_plugin.engine.shipped_files import find_config

    if args.trust_checkpoint:
        trust_checkpoint(args.source)
    model = None
    if args.config:
        model = Config.fromfile(find_config(args.config)).model.to_dict()
    conversion = convert_weights(args.format, args.source, model)
    if args.labels:
        conversion = with_class_names(conversion, args.labels)
    save_weights(conversion, args.out, Path(args.source).name)
    console = Console(width=120, highlight=False)
    console.print(fit_table(conversion.fit, f"{args.source} -> {args.out}"))
    for line in (f"For {describe(conversion.model)}.", *conversion.notes):
        console.print(line, markup=False, soft_wrap=True)
    prefix = f', prefix="{conversion.prefix}"' if conversion.prefix else ""
    console.print(
        f'init_cfg=dict(type="Pretrained", checkpoint="{args.out}"{prefix})',
        markup=False,
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
