"""Darknet-19 with YOLOv2's detection layers, the 2D branch of YOWO."""

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.backbones.stages import (
    Stages,
    run_stages,
    scaled_channels,
    space_to_depth,
)
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

    def stages(self, x: Tensor) -> Stages:
        """Yield the feature after each stage, see ``stages.py``."""
        fine = x
        for name in self.stage_channels:
            x = yield name, getattr(self, name)(x)
            if name == "stage5":
                fine = x
        fine = self.passthrough(fine)
        if self.output_stride == 32:
            fine = space_to_depth(fine)
        x = self.fuse(torch.cat([fine, self.detection(x)], dim=1))
        return (self.output(x),)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Return the detection features of an image batch."""
        (output,) = run_stages(self.stages(x))
        return (output,)


def _conv(in_channels: int, out_channels: int, kernel: int) -> ConvModule:
    return ConvModule(
        in_channels,
        out_channels,
        kernel,
        padding=kernel // 2,
        norm_cfg={"type": "BN"},
        act_cfg={"type": "LeakyReLU", "negative_slope": 0.1},
    )
