"""One time step of a causal network as a graph: a frame in, decoded boxes out.

What the layers saw of earlier frames comes in and goes out beside them. A layer with a
temporal kernel k, whose inputs are d frames apart (the product of the temporal strides
before it), needs those of d, 2 d, ... (k - 1) d frames ago. So there is one output for
the layer's newest input and an input of the graph for each that it needs, and who runs
the graph hands old outputs in again. That is a fixed graph, whatever the strides: every
layer is computed at every frame, and nothing is shifted or copied.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from stal_plugin.apis.exported.exported_graph import ExportedGraph
from stal_plugin.apis.exported.step_memory import Lags
from stal_plugin.models.backbones import LinkNet, ResNet3D18
from stal_plugin.models.backbones.causal_time import StreamBuffers
from stal_plugin.models.backbones.motion_input import motion_step


class ExportedStep(nn.Module):
    """One time step of a causal network as a graph: a frame in, decoded boxes out.

    Args:
        model: As of :class:`ExportedGraph`, with the backbone ``stal_plugin.LinkNet``
            whose 3D branch is causal and not linked.
        size: Height and width of the frames.

    Attributes:
        lags: For each output that is to be kept, how many frames later it is needed.

    Shape:
        inputs: frame ``(B, 3, H, W)`` float32, 0 to 255, then for each kept output and
        each of its lags the output of so many frames ago, zero before the first frame;
        outputs: those of :class:`ExportedGraph`, then the kept ones.

    Raises:
        ValueError: The network is of another kind.
    """

    def __init__(self, model: Any, size: tuple[int, int]) -> None:
        super().__init__()
        self.whole = ExportedGraph(model)
        backbone: Any = getattr(self.whole.detector, "backbone", None)
        causal = isinstance(backbone, LinkNet) and backbone.is_causal
        if self.whole.key_frame_only or not causal or backbone.is_linked:
            raise ValueError(
                "only a network with a causal 3D branch (backbone_3d=dict(causal=True))"
                " and without links can be exported as a time step; export it as a "
                "whole (--form clip)"
            )
        self.backbone: Any = backbone
        self.size = size
        frame = torch.zeros(1, 3, *size)
        with torch.no_grad():
            kept, self.lags = self._run(frame, None)[1:]
        self.shapes = [tuple(part.shape[1:]) for part in kept]

    def forward(self, frame: Tensor, *earlier: Tensor) -> tuple[Tensor, ...]:
        """Return the parts of the decoded output, then what is to be kept."""
        decoded, kept, _ = self._run(frame, iter(earlier))
        return (*(part for part in decoded if part is not None), *kept)

    def example(self, batch_size: int) -> tuple[Tensor, ...]:
        """Inputs of streams that begin, on grey frames."""
        frame = torch.full((batch_size, 3, *self.size), 114.0)
        zeros = [
            torch.zeros(batch_size, *shape)
            for shape, lags in zip(self.shapes, self.lags.values(), strict=True)
            for _ in lags
        ]
        return (frame, *zeros)

    def _run(
        self, frame: Tensor, earlier: Iterator[Tensor] | None
    ) -> tuple[Any, list[Tensor], Lags]:
        x = self.whole.preprocessor.normalize(frame.clone()[:, :, None])[:, :, 0]
        buffers = LaggedBuffers(earlier)
        maps: list[Tensor] = []
        if self.backbone.backbone_2d is not None:
            maps += self.backbone.key_frame_maps(x)
        maps.append(self._newest_map(x, buffers))
        decoded = self.whole.decode_maps(tuple(maps), self.size, len(frame))
        return decoded, buffers.kept, buffers.lags

    def _newest_map(self, x: Tensor, buffers: "LaggedBuffers") -> Tensor:
        kind = self.backbone.motion_input
        if kind != "none":
            seen = torch.ones_like(x[:, :1, :1, :1])
            x = motion_step(x, buffers.last(x), buffers.last(seen), kind)
        branch = self.backbone.backbone_3d
        if isinstance(branch, ResNet3D18):
            return branch.step_with(x, buffers)
        state = branch.stream_state(len(x), self.size)
        newest, state = branch.step(x, buffers.last_state(state))
        buffers.keep_state(state)
        return newest if isinstance(newest, Tensor) else newest[-1]


class LaggedBuffers(StreamBuffers):
    """Kept inputs of layers that come from outside, each so many frames ago.

    Args:
        earlier: They, in the order in which they are needed; None: all are zero.
    """

    def __init__(self, earlier: Iterator[Tensor] | None) -> None:
        super().__init__(None)
        self._earlier = earlier
        self.kept: list[Tensor] = []
        self.lags: Lags = {}

    def taps(self, x: Tensor, kernel: int, dilation: int) -> Tensor:
        """Return what a layer sees of its newest input; keep that input."""
        if kernel == 1:
            return x[:, :, None]
        lags = tuple(dilation * n for n in range(kernel - 1, 0, -1))
        old = [self._next(x) for _ in lags]
        self._keep(x, lags)
        return torch.stack([*old, x], dim=2)

    def last(self, x: Tensor) -> Tensor:
        """Return what this was a frame ago, and keep it."""
        self._keep(x, (1,))
        return self._next(x)

    def last_state(self, zeros: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return a state of a frame ago, whose parts are not taken apart."""
        return tuple(self._next(part) for part in zeros)

    def keep_state(self, state: tuple[Tensor, ...]) -> None:
        """Keep a state for the next frame."""
        for part in state:
            self._keep(part, (1,))

    def _next(self, like: Tensor) -> Tensor:
        return torch.zeros_like(like) if self._earlier is None else next(self._earlier)

    def _keep(self, x: Tensor, lags: tuple[int, ...]) -> None:
        self.lags[f"kept{len(self.kept)}"] = lags
        self.kept.append(x)
