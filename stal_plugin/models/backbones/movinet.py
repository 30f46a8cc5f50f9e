"""MoViNet, a 3D network for phones that can run frame by frame."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.backbones.movinet_architectures import ARCHITECTURES
from stal_plugin.models.backbones.movinet_block import MoViNetBlock
from stal_plugin.models.backbones.movinet_layers import (
    ACTIVATIONS,
    SE_TYPES,
    conv2d,
    mean_dtype,
    on_frames,
)
from stal_plugin.models.backbones.stages import StagedRun
from stal_plugin.registry import MODELS

#: What a causal network remembers of each of B videos: tensors ``(B, ...)``.
State = tuple[Tensor, ...]


@MODELS.register_module()
class MoViNet(BaseModule):
    """MoViNet A0 to A2: whole clips, or a stream frame by frame.

    ::

        x -> stem -> block0 -> block1 -> block2 -> block3 -> block4 -> project

    These are the stages, for ``out_stages`` and for links of :class:`LinkNet`. Output
    strides are 2, 4, 8, 16, 16, 32 and 32; all frames are kept. Published weights:
    ``tools/convert_weights.py movinet``, see docs/pretrained.md.

    Args:
        arch: ``'A0'``, ``'A1'`` or ``'A2'``.
        causal: (2+1)D convolutions that see no later frames and can run frame by
            frame (published as "stream"); False: 3D convolutions ("base").
        se_type: Squeeze-excitation by the mean over space and time (``'3d'``), by
            this and that of the single frame (``'2plus3d'``), or ``'none'``, as in
            the published int8 files. None: as otherwise published, ``'2plus3d'`` if
            causal, else ``'3d'``.
        activation: ``'swish'``, ``'hard_swish'`` or ``'relu6'``. None: as published,
            ``'hard_swish'`` if causal, else ``'swish'``. The int8 files have
            ``'relu6'``.
        out_stages: Names of the stages whose maps are returned.
        in_channels: Channels of the input: 3 for RGB, with values in [0, 1] for the
            published weights.
        norm_eval: Keep batch norm as it was loaded while the network is trained:
            published files have it folded into the convolutions, and the statistics
            of a few clips would destroy it. False to train from scratch.
        frozen_stages: How many stages, from the stem on, keep their weights and
            statistics. Large maps are at the beginning: 3 save a quarter of a
            training step, see docs/pretrained.md.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, T, H, W)``; output ``(B, C, T, H / 32, W / 32)``, sizes rounded
        up, C is 480, 600 or 640; a tuple of maps if there are several ``out_stages``.

    Raises:
        ValueError: An argument is none of those above.

    Reference:
        Kondratyuk et al., MoViNets: Mobile Video Networks for Efficient Video
        Recognition (CVPR 2021), arXiv:2103.11511.
    """

    def __init__(
        self,
        arch: str = "A0",
        causal: bool = True,
        se_type: str | None = None,
        activation: str | None = None,
        out_stages: Sequence[str] = ("project",),
        in_channels: int = 3,
        norm_eval: bool = True,
        frozen_stages: int = 0,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        act = activation or ("hard_swish" if causal else "swish")
        _check("arch", arch, ARCHITECTURES)
        se_type = se_type or ("2plus3d" if causal else "3d")
        _check("activation", act, ACTIVATIONS)
        _check("se_type", se_type, SE_TYPES)
        self.arch, self.causal, self.norm_eval = arch, causal, norm_eval
        shape = ARCHITECTURES[arch]
        channels = shape.stem_channels
        self.stem = conv2d(in_channels, channels, 3, 2, act=act)
        #: Output channels of each stage, in order.
        self.stage_channels = {"stem": channels}
        for index, blocks in enumerate(shape.stages):
            layers = nn.ModuleList()
            for block in blocks:
                layers.append(MoViNetBlock(channels, block, causal, se_type, act))
                channels = block.channels
            self.add_module(f"block{index}", layers)
            self.stage_channels[f"block{index}"] = channels
        self.project = conv2d(channels, shape.out_channels, 1, act=act)
        self.stage_channels["project"] = self.out_channels = shape.out_channels
        for stage in out_stages:
            _check("out_stages", stage, self.stage_channels)
        self.out_stages = tuple(out_stages)
        _check("frozen_stages", frozen_stages, range(len(self.stage_channels) + 1))
        self.frozen_stages = frozen_stages

    def run_stage(self, name: str, x: Tensor) -> Tensor:
        """Run one stage on a clip ``(B, C, T, H, W)``, see ``stages.py``."""
        return self.stream_stage(name, x, None)[0]

    def collect(self, features: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """Return the features of ``out_stages``, see ``stages.py``."""
        return tuple(features[name] for name in self.out_stages)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return the map of a batch of clips, or those of ``out_stages``."""
        return _single(StagedRun(self, x).finish())

    def stream_state(
        self, batch_size: int, size: tuple[int, int] = (172, 172)
    ) -> State:
        """Return the state at the start of videos.

        It is all zeros, and its size does not depend on how much was seen. Rows of
        the tensors are videos: they can be selected, stacked and set to zero again.

        Args:
            batch_size: Number of videos B.
            size: Height and width of the frames, pixels.
        """
        weight = self.project.conv.weight
        dtypes = {1: mean_dtype(weight.dtype)}  # vectors are means and counts
        return tuple(
            weight.new_zeros(batch_size, *shape, dtype=dtypes.get(len(shape)))
            for shapes in self._state_shapes(size).values()
            for shape in shapes
        )

    def state_slices(self) -> dict[str, slice]:
        """Which tensors of a state belong to each stage."""
        slices, start = {}, 0
        for name, shapes in self._state_shapes((1, 1)).items():
            slices[name] = slice(start, start + len(shapes))
            start += len(shapes)
        return slices

    def _state_shapes(self, size: tuple[int, int]) -> dict[str, list[tuple[int, ...]]]:
        if not self.causal:
            raise ValueError("MoViNet(causal=False) cannot stream, set causal=True")
        height, width = -(-size[0] // 2), -(-size[1] // 2)
        shapes: dict[str, list[tuple[int, ...]]] = {}
        for name in self.stage_channels:
            shapes[name] = []
            for block in self._blocks(name):
                height, width = -(-height // block.stride), -(-width // block.stride)
                shapes[name] += block.state_shapes(height, width)
        return shapes

    def step(
        self, frame: Tensor, state: State
    ) -> tuple[Tensor | tuple[Tensor, ...], State]:
        """Run one frame of each video.

        Args:
            frame: ``(B, 3, H, W)``.
            state: What :meth:`stream_state` or the last step returned; it is not
                changed.

        Returns:
            What :meth:`forward` returns for the last of all frames so far,
            ``(B, C, h, w)``, and the new state.
        """
        maps, state = self.stream(frame[:, :, None], state)
        if isinstance(maps, Tensor):
            return maps[:, :, 0], state
        return tuple(m[:, :, 0] for m in maps), state

    def stream(
        self, x: Tensor, state: State
    ) -> tuple[Tensor | tuple[Tensor, ...], State]:
        """Run the next frames ``(B, 3, T, H, W)``; return all maps, and the state."""
        features: dict[str, Tensor] = {}
        new: list[Tensor] = []
        for name, part in self.state_slices().items():
            x, stage_state = self.stream_stage(name, x, state[part])
            features[name] = x
            new += stage_state
        return _single(self.collect(features)), tuple(new)

    def stream_stage(
        self, name: str, x: Tensor, state: State | None
    ) -> tuple[Tensor, State]:
        """Run one stage on the next frames.

        Args:
            name: The stage.
            x: ``(B, C, T, H, W)``, output of the stage before, or the frames.
            state: The stage's tensors of the state, see :meth:`state_slices`; None:
                the video starts.

        Returns:
            Its output, same axes, and its new state.
        """
        frames = x.transpose(1, 2)
        if name in ("stem", "project"):
            return on_frames(getattr(self, name), frames).transpose(1, 2), ()
        new: list[Tensor] = []
        for block in self._blocks(name):
            count = len(block.state_shapes(1, 1)) if self.causal else 0
            start = len(new)
            part = None if state is None else state[start : start + count]
            frames, block_state = block(frames, part)
            new += block_state
        return frames.transpose(1, 2), tuple(new)

    def _blocks(self, name: str) -> Any:
        return getattr(self, name) if name.startswith("block") else ()

    def train(self, mode: bool = True) -> "MoViNet":
        """Set the mode of training; what is kept as it was loaded does not follow."""
        super().train(mode)
        for name in [*self.stage_channels][: self.frozen_stages]:
            getattr(self, name).eval().requires_grad_(False)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self


def _check(what: str, value: Any, allowed: Iterable[str | int]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} must be one of {[*allowed]}, got {value!r}")


def _single(maps: tuple[Tensor, ...]) -> Tensor | tuple[Tensor, ...]:
    return maps[0] if len(maps) == 1 else maps
