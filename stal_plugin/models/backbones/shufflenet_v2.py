"""ShuffleNetV2, a light 2D branch whose ImageNet weights are published."""

from collections.abc import Mapping, Sequence

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.backbones.stages import StagedRun
from stal_plugin.registry import MODELS

#: Output channels of the stages by ``widen_factor``, table 5 of the paper.
CHANNELS: dict[float, tuple[int, int, int]] = {
    0.5: (48, 96, 192),
    1.0: (116, 232, 464),
    1.5: (176, 352, 704),
    2.0: (244, 488, 976),
}
_BLOCKS = {"stage2": 4, "stage3": 8, "stage4": 4}
_STEM = 24
SHUFFLES = ("after", "before")


@MODELS.register_module()
class ShuffleNetV2(BaseModule):
    """Stem and stages 2 to 4 of ShuffleNetV2; its classifier is left out.

    Args:
        widen_factor: 0.5, 1.0, 1.5 or 2.0.
        out_indices: Which stages are put out: 0, 1, 2 for stages 2, 3, 4 with the
            output strides 8, 16, 32.
        shuffle: Where channels are shuffled: ``'after'`` the two halves of a block
            were concatenated (torchvision's weights), or ``'before'`` a block, which
            splits even from odd channels (weights of the paper's authors). The
            networks are equal up to the order of channels; weights are not.
        frozen_stages: How many parts keep their weights and statistics: 1: the stem, 2:
            also stage 2, and so on; 0: none.
        norm_eval: Keep the statistics of all BatchNorm layers.
        init_cfg: Initialisation, see mmengine. Default: He's for convolutions.

    Shape:
        input ``(B, 3, H, W)``; output: a tuple of maps, of stage 4
        ``(B, C, H / 32, W / 32)``, rounded up.

    Raises:
        ValueError: An argument has another value than these.

    Reference:
        Ma et al., ShuffleNet V2 (ECCV 2018), arXiv:1807.11164, figure 3 c and d.
    """

    def __init__(
        self,
        widen_factor: float = 1.0,
        out_indices: Sequence[int] = (2,),
        shuffle: str = "after",
        frozen_stages: int = 0,
        norm_eval: bool = False,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg or {"type": "Kaiming", "layer": "Conv2d"})
        if widen_factor not in CHANNELS:
            raise ValueError(
                f"widen_factor must be one of {[*CHANNELS]}, got {widen_factor!r}"
            )
        if shuffle not in SHUFFLES:
            raise ValueError(f"shuffle must be one of {SHUFFLES}, got {shuffle!r}")
        if not out_indices or not {*out_indices} <= {*range(len(_BLOCKS))}:
            raise ValueError(f"out_indices must be of 0, 1, 2, got {out_indices!r}")
        if frozen_stages not in range(len(_BLOCKS) + 2):
            raise ValueError(f"frozen_stages must be 0 to 4, got {frozen_stages!r}")
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        #: Output channels of each stage, in order.
        self.stage_channels = dict(zip(_BLOCKS, CHANNELS[widen_factor], strict=True))
        self.conv1 = _conv(3, _STEM, 3, stride=2)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = _STEM
        for name, out in self.stage_channels.items():
            blocks = [_Block(channels, out, 2, shuffle)]
            blocks += [_Block(out, out, 1, shuffle) for _ in range(_BLOCKS[name] - 1)]
            self.add_module(name, nn.Sequential(*blocks))
            channels = out

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        """Run one stage, see ``stages.py``."""
        if name == "stage2":
            x = self.maxpool(self.conv1(x))
        feature: Tensor = getattr(self, name)(x)
        return feature

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``, see ``stages.py``."""
        names = [*self.stage_channels]
        return tuple(features[names[i]] for i in sorted(self.out_indices))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``."""
        return StagedRun(self, x).finish()

    def train(self, mode: bool = True) -> "ShuffleNetV2":
        """Set the mode; what is frozen stays in eval mode."""
        super().train(mode)
        for name in ("conv1", *self.stage_channels)[: self.frozen_stages]:
            getattr(self, name).eval().requires_grad_(False)
        for module in self.modules():
            if self.norm_eval and isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


class _Block(nn.Module):
    """Two branches side by side: at stride 1 the first keeps half of the channels."""

    def __init__(self, channels: int, out: int, stride: int, shuffle: str) -> None:
        super().__init__()
        half = out // 2
        self.stride, self.shuffle = stride, shuffle
        inputs = channels if stride == 2 else half
        first = channels if stride == 2 else half
        # the authors' first half has the channels of the input, whatever the output has
        rest = out - first if shuffle == "before" and stride == 2 else half
        self.branch1: nn.Module = nn.Identity()
        if stride == 2:
            self.branch1 = nn.Sequential(
                _conv(channels, channels, 3, stride=2, groups=channels, act=False),
                _conv(channels, out - rest, 1),
            )
        self.branch2 = nn.Sequential(
            _conv(inputs, half, 1),
            _conv(half, half, 3, stride=stride, groups=half, act=False),
            _conv(half, rest, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == 2:
            first = second = x
        elif self.shuffle == "before":
            first, second = x[:, ::2], x[:, 1::2]
        else:
            first, second = x.chunk(2, dim=1)
        halves = [self.branch1(first), self.branch2(second)]
        if self.shuffle == "before":
            return torch.cat(halves, dim=1)
        return torch.stack(halves, dim=2).flatten(1, 2)


def _conv(
    channels: int,
    out: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    act: bool = True,
) -> ConvModule:
    return ConvModule(
        *(channels, out, kernel),
        stride=stride,
        padding=kernel // 2,
        groups=groups,
        norm_cfg={"type": "BN"},
        act_cfg={"type": "ReLU"} if act else None,
    )
