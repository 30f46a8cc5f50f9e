"""The layers of the MoViNets A0 to A2.

Source: the tables in the appendix of arXiv:2103.11511, with the values of the published
weights (tensorflow/models, ``official/projects/movinet``, Apache-2.0).
"""

from dataclasses import dataclass

from stal_plugin.models.backbones.movinet_block import BlockShape

#: Kernels (frames, pixels) by the name that the paper's tables give them.
_KERNELS = {"13": (1, 3), "15": (1, 5), "33": (3, 3), "53": (5, 3)}


@dataclass(frozen=True)
class Architecture:
    """Sizes of one network.

    Args:
        stem_channels: Channels after the first convolution.
        stages: Layers of each stage.
        out_channels: Channels of the last feature map.
    """

    stem_channels: int
    stages: tuple[tuple[BlockShape, ...], ...]
    out_channels: int


def _stage(
    channels: int, kernels: str, expanded: tuple[int, ...], stride: int = 2
) -> tuple[BlockShape, ...]:
    """Layers of a stage; the first one may halve the map."""
    pairs = enumerate(zip(kernels.split(), expanded, strict=True))
    return tuple(
        BlockShape(channels, wide, *_KERNELS[kernel], stride if i == 0 else 1)
        for i, (kernel, wide) in pairs
    )


ARCHITECTURES = {
    "A0": Architecture(
        8,
        (
            _stage(8, "15", (24,)),
            _stage(32, "33 33 33", (80, 80, 80)),
            _stage(56, "53 33 33", (184, 112, 184)),
            _stage(56, "53 33 33 33", (184, 184, 184, 184), stride=1),
            _stage(104, "53 15 15 15", (384, 280, 280, 344)),
        ),
        480,
    ),
    "A1": Architecture(
        16,
        (
            _stage(16, "15 33", (40, 40)),
            _stage(40, "33 33 33 33", (96, 120, 96, 96)),
            _stage(64, "53 33 33 33 33", (216, 128, 216, 168, 216)),
            _stage(64, "53 33 33 33 15 33", (216, 216, 216, 128, 128, 216), stride=1),
            _stage(136, "53 15 15 15 15 33 13", (456, 360, 360, 360, 456, 456, 544)),
        ),
        600,
    ),
    "A2": Architecture(
        16,
        (
            _stage(16, "15 33 33", (40, 40, 64)),
            _stage(40, "33 33 33 33 33", (96, 120, 96, 96, 120)),
            _stage(72, "53 33 33 33 33", (240, 160, 240, 192, 240)),
            _stage(72, "53 33 33 33 15 33", (240, 240, 240, 240, 144, 240), stride=1),
            _stage(144, "53 15 15 15 15 33 13", (480, 384, 384, 480, 480, 480, 576)),
        ),
        640,
    ),
}
