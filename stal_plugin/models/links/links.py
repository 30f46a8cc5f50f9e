"""Kinds of links: how a stage of one branch of LinkNet changes one of the other.

From 2D to 3D a map ``(B, C, h, w)`` joins a clip's feature ``(B, C', T, H, W)``; from
3D to 2D the clip's feature joins the map.
"""

from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

from stal_plugin.compat.safe_conv3d import SafeConv3d
from stal_plugin.models.links.fitting import (
    FRAMES,
    add_residual,
    bottleneck,
    conv_bn_relu,
    fit_cells,
    fit_time,
)
from stal_plugin.models.renamed import renamed_arguments
from stal_plugin.registry import MODELS


@MODELS.register_module()
class NoLink(BaseModule):
    """Leave the target as it is, so that a config can switch off one link of several.

    Args:
        source_channels: Not used; taken so that the kinds can be exchanged.
        target_channels: Not used.
        init_cfg: Initialisation, see mmengine.
    """

    def __init__(
        self,
        source_channels: int,
        target_channels: int,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.newest_only = True

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target."""
        return target


class GatedLink(BaseModule):
    """Add a residual made of one branch's feature to the other branch's feature.

    A kind of link defines :meth:`residual`.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives.
        frames: Frames of the clip's feature that give or receive: ``'all'`` or
            ``'keyframe'``, the last. (Was called ``slots``.)
        gated: Multiply by a learnt weight per channel, zero at first, so that the
            network starts as the one without links.
        init_cfg: Initialisation, see mmengine.

    Shape:
        source ``(B, C, h, w)`` and target ``(B, C', T, H, W)``, or the other way
        round; output: as the target.

    Raises:
        ValueError: Unknown ``frames``, or features that the link was not made for.
    """

    allowed_frames: tuple[str, ...] = FRAMES

    @renamed_arguments(slots="frames")
    def __init__(
        self,
        source_channels: int,
        target_channels: int,
        frames: str = "all",
        gated: bool = True,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if frames not in self.allowed_frames:
            raise ValueError(
                f"frames must be one of {self.allowed_frames}, got {frames!r}"
            )
        self.frames = frames
        self.source_channels = source_channels
        self.gate = nn.Parameter(torch.zeros(target_channels)) if gated else None

    @property
    def newest_only(self) -> bool:
        """Whether of a clip's frames the last one alone is changed."""
        return self.frames == "keyframe"

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Return the target with the residual of the source added."""
        clip, num_frames = fit_cells(source, target, self.source_channels)
        return add_residual(target, self.residual(clip, num_frames), self.gate)

    def residual(self, clip: Tensor, num_frames: int) -> Tensor:
        """Make what is added.

        Args:
            clip: ``(B, C, T, H, W)``, on the cells of the target; T is 1 for a key
                frame.
            num_frames: Frames of the target, 1 in 2D.

        Returns:
            ``(B, C', num_frames, H, W)``.
        """
        raise NotImplementedError

    def init_weights(self) -> None:
        """Kaiming initialisation, as in the 3D branch, and a closed gate."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv3d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
        if self.gate is not None:
            nn.init.zeros_(self.gate)
        super().init_weights()


@MODELS.register_module()
class ExpandLink(GatedLink):
    """Add the feature of one branch to that of the other, without a 3x3x3 convolution.

    From 2D to 3D the map is repeated over time, from 3D to 2D the clip is averaged
    (or its last frame taken). Has no parameter with ``gated=False`` and equal channels,
    which is the paper's form.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; where they differ, a
            1x1x1 convolution comes first.
        **kwargs: ``frames``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Reference:
        arXiv:2012.08097, section 6.1, "expand" in table 2.
    """

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        self.adapter: nn.Module = nn.Identity()
        if source_channels != target_channels:
            self.adapter = SafeConv3d(source_channels, target_channels, 1, bias=False)

    def residual(self, clip: Tensor, num_frames: int) -> Tensor:
        """Repeat or average over time."""
        return fit_time(self.adapter(clip), num_frames, self.frames)


@MODELS.register_module()
class BottleneckLink(GatedLink):
    """Pass the feature of one branch through two 3D convolutions and add it.

    The convolutions work on the source as it is: from 2D to 3D on the single map, so
    that they cost a T-th of those of
    :class:`~stal_plugin.models.links.links.ExpandConv3dLink`.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; half of them between
            the convolutions.
        **kwargs: ``frames``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Reference:
        arXiv:2012.08097, section 6.1.
    """

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        self.convs = bottleneck(source_channels, target_channels)

    def residual(self, clip: Tensor, num_frames: int) -> Tensor:
        """Convolve, then repeat or average over time."""
        return fit_time(self.convs(clip), num_frames, self.frames)


@MODELS.register_module()
class Conv3dLink(GatedLink):
    """Pass the feature of one branch through one 3D convolution and add it.

    With ``frames='all'`` the convolved map serves every frame, with ``'keyframe'`` the
    last one. ``'padded'`` (from 2D to 3D only) is the paper's code: it pads the single
    frame with T empty frames on both sides and convolves with a stride of 2 in time, to
    come out at T frames. **Only 2 of the T frames then see the map**; the others hold
    the constant that batch normalisation makes of zeros. (With T of 2 or 1 the padding
    is 1, and all frames share one result.)

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives.
        **kwargs: ``frames``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Raises:
        ValueError: ``frames='padded'`` from 3D to 2D; else as :class:`GatedLink`.

    Reference:
        arXiv:2012.08097, section 6.1, "conv3d" in table 2.
    """

    allowed_frames: tuple[str, ...] = (*FRAMES, "padded")

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        stride, pad = (2, 0) if self.frames == "padded" else (1, 1)
        self.conv = conv_bn_relu(source_channels, target_channels, stride, pad)

    def residual(self, clip: Tensor, num_frames: int) -> Tensor:
        """Convolve, then repeat or average over time."""
        if self.frames == "padded":
            clip = _pad(clip, num_frames)
        return fit_time(self.conv(clip), num_frames, self.frames)


def _pad(clip: Tensor, num_frames: int) -> Tensor:
    if clip.shape[2] > 1:
        raise ValueError("frames='padded' exists from the 2D to the 3D branch only")
    pad = num_frames if num_frames > 2 else 1
    return F.pad(clip, (0, 0, 0, 0, pad, pad))


@MODELS.register_module()
class ExpandConv3dLink(GatedLink):
    """Repeat the map over time, pass it through two 3D convolutions, add it.

    From 3D to 2D the clip is first averaged over time (or its last frame taken). With
    ``frames='keyframe'`` the map stands in the last frame before the convolutions,
    which carry it to the two frames before.

    Args:
        source_channels: Channels of the stage that gives.
        target_channels: Channels of the stage that receives; half of them between
            the convolutions.
        **kwargs: ``frames``, ``gated``, ``init_cfg``: see :class:`GatedLink`.

    Shape:
        As :class:`GatedLink`.

    Reference:
        arXiv:2012.08097, section 6.1, "expand + conv3d" in table 2.
    """

    def __init__(
        self, source_channels: int, target_channels: int, **kwargs: Any
    ) -> None:
        super().__init__(source_channels, target_channels, **kwargs)
        self.convs = bottleneck(source_channels, target_channels)

    @property
    def newest_only(self) -> bool:
        """Not: the convolutions carry the map to earlier frames."""
        return False

    def residual(self, clip: Tensor, num_frames: int) -> Tensor:
        """Repeat or average over time, then convolve."""
        return self.convs(fit_time(clip, num_frames, self.frames))
