"""The convolutions of YOLOX: their names here and there, and what feeds them."""

from dataclasses import dataclass, field
from typing import Any

#: Blocks of the first stage and channels of the stem, divided by 3 and 64, and whether
#: 3 x 3 convolutions are depthwise separable.
SIZES: dict[str, tuple[float, float, bool]] = {
    "nano": (0.33, 0.25, True),
    "tiny": (0.33, 0.375, False),
    "s": (0.33, 0.5, False),
    "m": (0.67, 0.75, False),
    "l": (1.0, 1.0, False),
    "x": (1.33, 1.25, False),
}
_NECK = "neck"
_HEAD = "bbox_head.multi_level"


@dataclass(frozen=True)
class Convolution:
    """A convolution of YOLOX.

    Args:
        name: In mmdet.
        source: In the code of its authors.
        inputs: Names of the convolutions that its input is made of, nearest ones only,
            in the order in which they are concatenated or added; none: the image.
        norm: Whether BatchNorm follows.
    """

    name: str
    source: str
    inputs: tuple[str, ...]
    norm: bool = True


@dataclass
class _Wiring:
    """Collects convolutions; every method returns what a further one is fed with."""

    depthwise: bool
    found: list[Convolution] = field(default_factory=list)

    def conv(self, name: str, source: str, inputs: tuple, norm: bool = True) -> tuple:
        self.found.append(Convolution(name, source, tuple(dict.fromkeys(inputs)), norm))
        return (name,)

    def conv3x3(self, name: str, source: str, inputs: tuple) -> tuple:
        if not self.depthwise:
            return self.conv(name, source, inputs)
        middle = self.conv(f"{name}.depthwise_conv", f"{source}.dconv", inputs)
        return self.conv(f"{name}.pointwise_conv", f"{source}.pconv", middle)

    def csp(
        self, name: str, source: str, inputs: tuple, blocks: int, add: bool
    ) -> tuple:
        x = self.conv(f"{name}.main_conv", f"{source}.conv1", inputs)
        short = self.conv(f"{name}.short_conv", f"{source}.conv2", inputs)
        for i in range(blocks):
            ours, theirs = f"{name}.blocks.{i}", f"{source}.m.{i}"
            y = self.conv(f"{ours}.conv1", f"{theirs}.conv1", x)
            y = self.conv3x3(f"{ours}.conv2", f"{theirs}.conv2", y)
            x = y + x if add else y
        return self.conv(f"{name}.final_conv", f"{source}.conv3", x + short)


def yolox_convolutions(size: str) -> list[Convolution]:
    """List the convolutions of YOLOX, each after those that feed it.

    Args:
        size: One of ``SIZES``.

    Source:
        ``darknet.py``, ``yolo_pafpn.py`` and ``yolo_head.py`` of
        https://github.com/Megvii-BaseDetection/YOLOX (names, order of inputs);
        ``CSPDarknet``, ``YOLOXPAFPN`` and ``YOLOXHead`` of mmdet (names).
    """
    depth, _, depthwise = SIZES[size]
    wiring = _Wiring(depthwise)
    blocks = max(round(3 * depth), 1)
    levels = _backbone(wiring, blocks)
    maps = _neck(wiring, levels, round(3 * depth))
    for i, x in enumerate(maps):
        _head(wiring, i, x)
    return wiring.found


def _backbone(wiring: _Wiring, blocks: int) -> list[tuple]:
    ours, theirs = "backbone", "backbone.backbone"
    x = wiring.conv(f"{ours}.stem.conv", f"{theirs}.stem.conv", ())
    levels = []
    for i, factor in enumerate((1, 3, 3, 1), 1):
        stage, dark = f"{ours}.stage{i}", f"{theirs}.dark{i + 1}"
        x = wiring.conv3x3(f"{stage}.0", f"{dark}.0", x)
        last = i == 4
        if last:  # spatial pyramid pooling
            x = wiring.conv(f"{stage}.1.conv1", f"{dark}.1.conv1", x)
            x = wiring.conv(f"{stage}.1.conv2", f"{dark}.1.conv2", x)
        j = 1 + last
        x = wiring.csp(f"{stage}.{j}", f"{dark}.{j}", x, blocks * factor, not last)
        levels.append(x)
    return levels[1:]


def _neck(wiring: _Wiring, levels: list[tuple], blocks: int) -> list[tuple]:
    def csp(name: str, source: str, inputs: tuple) -> tuple:
        return wiring.csp(
            f"{_NECK}.{name}", f"backbone.{source}", inputs, blocks, False
        )

    fine, middle, coarse = levels
    reduce, down = f"{_NECK}.reduce_layers", f"{_NECK}.downsamples"
    top = wiring.conv(f"{reduce}.0", "backbone.lateral_conv0", coarse)
    x = csp("top_down_blocks.0", "C3_p4", top + middle)
    centre = wiring.conv(f"{reduce}.1", "backbone.reduce_conv1", x)
    first = csp("top_down_blocks.1", "C3_p3", centre + fine)
    x = wiring.conv3x3(f"{down}.0", "backbone.bu_conv2", first)
    second = csp("bottom_up_blocks.0", "C3_n3", x + centre)
    x = wiring.conv3x3(f"{down}.1", "backbone.bu_conv1", second)
    third = csp("bottom_up_blocks.1", "C3_n4", x + top)
    return [first, second, third]


def _head(wiring: _Wiring, i: int, x: tuple) -> None:
    x = wiring.conv(f"{_NECK}.out_convs.{i}", f"head.stems.{i}", x)
    for kind, maps in (("cls", ("cls",)), ("reg", ("reg", "obj"))):
        y = x
        for j in range(2):
            ours, theirs = f"{_HEAD}_{kind}_convs.{i}.{j}", f"head.{kind}_convs.{i}.{j}"
            y = wiring.conv3x3(ours, theirs, y)
        for part in maps:
            name, source = f"{_HEAD}_conv_{part}.{i}", f"head.{part}_preds.{i}"
            wiring.conv(name, source, y, norm=False)


def output_convolutions() -> list[str]:
    """Names of the last convolutions in the order of the output's channels."""
    return [
        f"{_HEAD}_conv_{part}.{i}" for i in range(3) for part in ("reg", "obj", "cls")
    ]


def yolox_model(size: str, num_classes: int) -> dict[str, Any]:
    """Config of mmdet's YOLOX.

    Args:
        size: One of ``SIZES``.
        num_classes: Channels of the class maps.
    """
    depth, width, depthwise = SIZES[size]
    channels = [int(width * c) for c in (256, 512, 1024)]
    return {
        "type": "mmdet.YOLOX",
        "_scope_": "mmdet",
        "backbone": {
            "type": "CSPDarknet",
            "deepen_factor": depth,
            "widen_factor": width,
            "use_depthwise": depthwise,
        },
        "neck": {
            "type": "YOLOXPAFPN",
            "in_channels": channels,
            "out_channels": channels[0],
            "num_csp_blocks": round(3 * depth),
            "use_depthwise": depthwise,
        },
        "bbox_head": {
            "type": "YOLOXHead",
            "num_classes": num_classes,
            "in_channels": channels[0],
            "feat_channels": channels[0],
            "use_depthwise": depthwise,
        },
    }
