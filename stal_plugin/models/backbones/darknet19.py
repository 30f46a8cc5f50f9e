"""Darknet-19 with YOLOv2's detection layers, the 2D branch of YOWO."""

from collections.abc import Mapping

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.backbones.stages import StagedRun, scaled_channels
from stal_plugin.registry import MODELS

#: (output channels, kernel) of the convolutions of each stage; a 2x2 max-pool
#: follows stages 1 to 4 and opens stage 6.
STAGES: dict[str, tuple[tuple[int, int], ...]] = {
    "stage1": ((32, 3),),
    "stage2": ((64, 3),),
    "stage3": ((128, 3), (64, 1), (128, 3)),
    "stage4": ((256, 3), (128, 1), (256, 3)),
    "stage5": ((512, 3), (256, 1), (512, 3), (256, 1), (512, 3)),
    "stage6": ((1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3)),
}
_PASSTHROUGH_CHANNELS = 64


@MODELS.register_module()
class Darknet19(BaseModule):
    """The whole YOLOv2 network: Darknet-19, pass-through and detection layers.

    ::

        x -> stage1..4 (stride 16) -> stage5 -+-> stage6 (stride 32) -> 2 conv --+
                                              +-> 1x1 conv -> space-to-depth ----+
                                                   concat -> conv [-> 1x1 output]

    YOWO keeps YOLOv2's last linear layer of 425 channels (``out_channels=425``).

    Args:
        width: Multiplies every hidden channel count.
        output_stride: 32, or 16: then stage 6 does not pool, and the pass-through
            map is joined as it is.
        out_channels: Channels of a last 1x1 convolution with bias and without
            activation. Default: no such layer, the output has ``1024 * width``.
        in_channels: Channels of the image.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, H, W)``, H and W divisible by 32; output: a tuple of one map
        ``(B, out_channels, H / output_stride, W / output_stride)``.

    Raises:
        ValueError: If ``output_stride`` is neither 16 nor 32.

    Reference:
        Redmon & Farhadi, YOLO9000 (CVPR 2017); arXiv:2012.08097, section 5.
    """

    def __init__(
        self,
        width: float = 1.0,
        output_stride: int = 32,
        out_channels: int | None = None,
        in_channels: int = 3,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if output_stride not in (16, 32):
            raise ValueError(f"output_stride must be 16 or 32, got {output_stride}")
        self.output_stride = output_stride
        channels = in_channels
        #: Output channels of each stage, in order.
        self.stage_channels: dict[str, int] = {}
        for name, convs in STAGES.items():
            layers: list[nn.Module] = []
            if name == "stage6" and output_stride == 32:
                layers.append(nn.MaxPool2d(2))
            for hidden, kernel in convs:
                layers.append(_conv(channels, scaled_channels(hidden, width), kernel))
                channels = scaled_channels(hidden, width)
            if name in ("stage1", "stage2", "stage3", "stage4"):
                layers.append(nn.MaxPool2d(2))
            self.add_module(name, nn.Sequential(*layers))
            self.stage_channels[name] = channels
        self._add_detection_layers(channels, width, out_channels)

    def _add_detection_layers(
        self, channels: int, width: float, out_channels: int | None
    ) -> None:
        passed = scaled_channels(_PASSTHROUGH_CHANNELS, width)
        self.detection = nn.Sequential(
            _conv(channels, channels, 3), _conv(channels, channels, 3)
        )
        self.passthrough = _conv(scaled_channels(512, width), passed, 1)
        factor = 4 if self.output_stride == 32 else 1
        self.fuse = _conv(channels + factor * passed, channels, 3)
        self.out_channels = out_channels or channels
        self.output = (
            nn.Identity()
            if out_channels is None
            else nn.Conv2d(channels, out_channels, 1)
        )

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        """Run one stage, see ``stages.py``."""
        feature: Tensor = getattr(self, name)(x)
        return feature

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Join the features of stages 5 and 6 to the output, see ``stages.py``."""
        fine = self.passthrough(features["stage5"])
        if self.output_stride == 32:
            fine = space_to_depth(fine)
        coarse = self.detection(features["stage6"])
        return (self.output(self.fuse(torch.cat([fine, coarse], dim=1))),)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the detection features of an image batch."""
        return StagedRun(self, x).finish()


def space_to_depth(x: Tensor, block: int = 2) -> Tensor:
    """Stack each ``block x block`` patch as channels, patch position outermost.

    This is YOLOv2's "reorg": output channel ``(dy * block + dx) * C + c`` is input
    channel ``c`` at offset ``(dy, dx)`` of each patch.

    Args:
        x: ``(B, C, H, W)`` with H and W divisible by ``block``.
        block: Side of a patch.

    Returns:
        ``(B, C * block**2, H / block, W / block)``.
    """
    return torch.cat(
        [x[..., dy::block, dx::block] for dy in range(block) for dx in range(block)],
        dim=1,
    )


def _conv(in_channels: int, out_channels: int, kernel: int) -> ConvModule:
    return ConvModule(
        in_channels,
        out_channels,
        kernel,
        padding=kernel // 2,
        norm_cfg={"type": "BN"},
        act_cfg={"type": "LeakyReLU", "negative_slope": 0.1},
    )
