"""The two-branch backbone: key frame in 2D, clip in 3D, links between them."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.backbones.causal_time import StreamBuffers, StreamState
from stal_plugin.models.backbones.key_frame import check_key_frame, key_frame_of
from stal_plugin.models.backbones.motion_input import (
    MOTION_INPUTS,
    motion_input,
    motion_step,
)
from stal_plugin.models.backbones.stages import (
    StagedBackbone,
    StagedRun,
    SteppedStages,
    as_staged,
)
from stal_plugin.models.host_scope import in_own_scope
from stal_plugin.models.links.link_config import (
    build_link,
    check_ends,
    directions_of,
    stage_pairs,
)
from stal_plugin.models.memory_format import to_channels_last
from stal_plugin.registry import MODELS


@MODELS.register_module()
class LinkNet(BaseModule):
    """Run a 2D branch on the key frame and a 3D branch on the clip.

    ::

        clip (B, 3, T, H, W) -+- key frame  -> 2D branch -> (B, C2, h, w)
                              +- all frames -> 3D branch -> mean over T -> (B, C3, h, w)

    Of a causal 3D branch the newest frame's feature stands in place of the mean.

    Without links this is the backbone of YOWO. Not the segmentation network of the
    same name (2017). Any backbone that maps ``(B, 3, H, W)`` (2D: mmdet) or
    ``(B, 3, T, H, W)`` (3D: mmaction2) to a map, or to a tuple whose last entry is
    the map, can be a branch.

    Args:
        backbone_2d: Config of the 2D branch; None leaves the branch out.
        backbone_3d: Config of the 3D branch; None leaves the branch out.
        links: Each entry puts links of one kind between pairs of a 2D and a 3D stage,
            e.g. ``dict(stages=[('stage2', 'layer1'), ('stage3', 'layer2')],
            type='stal_plugin.ExpandLink', direction='2d_to_3d')``. ``direction`` is
            ``'2d_to_3d'`` (default), ``'3d_to_2d'`` or ``'both'`` (each branch then
            receives what the other had before the link); all else goes to the links,
            see ``models/links``. None: no links, which is YOWO.
        channels_last: Run the branches in channels-last memory format, which is
            faster for thin networks on CPUs and for half precision on GPUs.
        motion_input: What the 3D branch sees: ``'none'``: the frames;
            ``'differences'`` of successive frames in their place; ``'both'``: frames
            and differences, for which ``backbone_3d`` takes 6 channels
            (``in_channels=6``; a stem pretrained on RGB is filled up with zeros when
            it is loaded). See :func:`motion_input`.
        levels: Stages of the 2D branch, fine to coarse, whose maps come before the
            branch's output, for necks of several levels, e.g. ``('stage3', 'stage5')``
            of Darknet-19.
        key_frame: What the 2D branch sees: the ``'last'`` frame, or the ``'centre'``
            for clips of ``stal_plugin.SampleKeyframeClip(position='centre')``.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, T, H, W)``; output: a tuple of the maps of the branches, 2D
        first, all of the same size ``(h, w)`` unless ``levels`` are given.

    Raises:
        ValueError: If both branches are None, ``motion_input`` is unknown, a link
            names a stage that is not there or crosses another, or the maps of the
            branches differ in size; ``levels`` name stages that are not there, or not
            in order; ``key_frame`` is unknown or does not suit links or 3D branch.

    Reference:
        arXiv:2012.08097, sections 5 and 6.1, figure 1.
    """

    def __init__(
        self,
        backbone_2d: dict | None,
        backbone_3d: dict | None,
        links: Sequence[dict] | None = None,
        channels_last: bool = False,
        motion_input: str = "none",
        levels: Sequence[str] = (),
        key_frame: str = "last",
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if backbone_2d is None and backbone_3d is None:
            raise ValueError("LinkNet needs backbone_2d, backbone_3d or both")
        self.backbone_2d: Any = _built(backbone_2d)
        self.backbone_3d: Any = _built(backbone_3d)
        if motion_input not in MOTION_INPUTS:
            raise ValueError(
                f"motion_input must be one of {MOTION_INPUTS}, got {motion_input!r}"
            )
        self.motion_input = motion_input
        self.channels_last = channels_last
        self.levels = tuple(levels)
        if self.levels:
            staged = as_staged(self.backbone_2d)
            check_ends(
                "backbone_2d",
                [*(staged.stage_channels if staged else ())],
                self.levels,
                "levels",
            )
        self._build_links(links or ())
        check_key_frame(key_frame, self.is_causal, links or ())
        self.key_frame = key_frame

    def _build_links(self, links: Sequence[Mapping[str, Any]]) -> None:
        """Build the links; ``self._ends`` holds the pair of stages of each."""
        branches = [as_staged(b) for b in (self.backbone_2d, self.backbone_3d)]
        channels = [{} if b is None else b.stage_channels for b in branches]
        self._ends: list[tuple[str, str]] = []
        self.links_to_3d, self.links_to_2d = nn.ModuleList(), nn.ModuleList()
        for entry in links:
            kind = {k: v for k, v in entry.items() if k not in ("stages", "direction")}
            to_3d, to_2d = directions_of(entry)
            for stage_2d, stage_3d in stage_pairs(entry):
                self._ends.append((stage_2d, stage_3d))
                check_ends("backbone_2d", [*channels[0]], [e[0] for e in self._ends])
                check_ends("backbone_3d", [*channels[1]], [e[1] for e in self._ends])
                two, three = channels[0][stage_2d], channels[1][stage_3d]
                self.links_to_3d.append(build_link(kind, two, three, to_3d))
                self.links_to_2d.append(build_link(kind, three, two, to_2d))

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of the branches."""
        key_frame = key_frame_of(clip, self.key_frame)
        if self.is_linked:
            maps = self._run_linked(self._format(key_frame), self._clip_input(clip))
        else:
            maps = []
            if self.backbone_2d is not None:
                maps += self.key_frame_maps(key_frame)
            if self.backbone_3d is not None:
                maps.append(self.clip_map(clip))
        self._check_sizes(maps, clip)
        return tuple(maps)

    def _check_sizes(self, maps: Sequence[Tensor], clip: Tensor) -> None:
        # int(): while a graph is traced, sizes are tensors
        sizes = {tuple(int(s) for s in m.shape[-2:]) for m in maps}
        if len(sizes) > 1 and not self.levels:
            raise ValueError(
                f"the 2D branch gives a map of {tuple(maps[0].shape[-2:])} cells, the "
                f"3D branch one of {tuple(maps[1].shape[-2:])}, for an input of "
                f"{tuple(clip.shape[-2:])} pixels: give both branches the same output "
                "stride"
            )

    @property
    def is_linked(self) -> bool:
        """Whether the branches need each other."""
        return bool(self._ends)

    @property
    def is_linked_to_2d(self) -> bool:
        """Whether the 2D branch needs the 3D branch."""
        return not all(isinstance(link, nn.Identity) for link in self.links_to_2d)

    def key_frame_maps(self, key_frame: Tensor) -> tuple[Tensor, ...]:
        """Maps of the 2D branch ``(B, C, h, w)`` of frames ``(B, 3, H, W)``."""
        image = self._format(key_frame)
        if not self.levels:
            return (_last(self.backbone_2d(image)),)
        staged = as_staged(self.backbone_2d)
        assert staged is not None  # as its stages were found
        return self._finished(StagedRun(staged, image))

    def _finished(self, run: StagedRun) -> tuple[Tensor, ...]:
        """Run the 2D branch to the end; return its levels and its output."""
        output = _last(run.finish())
        return (*(run.features[name] for name in self.levels), output)

    def clip_map(self, clip: Tensor) -> Tensor:
        """Map of the 3D branch ``(B, C3, h, w)`` of clips ``(B, 3, T, H, W)``."""
        return self._of_clip(self.backbone_3d(self._clip_input(clip)))

    @property
    def is_causal(self) -> bool:
        """Whether the 3D branch sees the past only, so that it can run on a stream."""
        return bool(getattr(self.backbone_3d, "causal", False))

    def _of_clip(self, output: Any) -> Tensor:
        """Map of the 3D branch: mean over time, of a causal one the newest frame's."""
        feature = _last(output)
        return feature[:, :, -1] if self.is_causal else feature.mean(dim=2)

    @property
    def streams(self) -> bool:
        """Whether the branches can run frame by frame.

        The 3D branch has to be causal, and links may only bring the key frame's map to
        the newest time step: what all others hold then stays as it was.
        """
        links = [own for own in self.links_to_3d if not isinstance(own, nn.Identity)]
        newest_only = all(getattr(own, "newest_only", False) for own in links)
        able = not links or hasattr(self.backbone_3d, "step_stage")
        return self.is_causal and newest_only and able and not self.is_linked_to_2d

    def stream_state(self, batch_size: int, size: tuple[int, int]) -> StreamState:
        """State of B streams that begin, for :meth:`step`; see ``ResNet3D18``.

        Raises:
            ValueError: The network cannot run frame by frame.
        """
        if not self.streams:
            raise ValueError(
                "a 3D branch runs frame by frame if it is causal (backbone_3d="
                "dict(causal=True)) and not linked, or by links from the 2D branch to "
                "the newest frame alone (frames='keyframe', not ExpandConv3dLink)"
            )
        state: StreamState = self.backbone_3d.stream_state(batch_size, size)
        before = state[0].new_zeros(batch_size, 3, *size)
        return (before, before[:, :1, :1, :1], *state)

    def step(self, frame: Tensor, state: StreamState) -> tuple[Tensor, StreamState]:
        """Return :meth:`clip_map` of all frames so far, and the new state.

        Links have no part in it: :meth:`newest_maps`.

        Args:
            frame: The newest frame ``(B, 3, H, W)``, normalised.
            state: From the step before, or from :meth:`stream_state`. It is not
                changed.
        """
        seen, kept = self._newest_input(frame, state)
        newest, kept = self.backbone_3d.step(seen, kept)
        has_before = torch.ones_like(state[1])
        return newest, (frame, has_before, *kept)

    def _newest_input(
        self, frame: Tensor, state: StreamState
    ) -> tuple[Tensor, StreamState]:
        """What the 3D branch sees of a frame, and its own part of the state."""
        before, has_before, *kept = state
        seen = motion_step(frame, before, has_before, self.motion_input)
        return self._format(seen), tuple(kept)

    @torch.no_grad()
    def newest_maps(self, frame: Tensor, state: StreamState) -> tuple[Tensor, ...]:
        """Return :meth:`forward` of all frames so far, links included.

        A linked frame changes the newest time step only, and no state: earlier steps
        were not linked in a clip that ends later.

        Args:
            frame: As of :meth:`step`.
            state: The state before this frame, as :meth:`step` takes it.
        """
        seen, kept = self._newest_input(frame, state)
        branch = SteppedStages(self.backbone_3d, StreamBuffers(kept))
        return tuple(self._run_linked(self._format(frame), seen, branch))

    def _run_linked(
        self, key_frame: Tensor, clip: Tensor, branch_3d: StagedBackbone | None = None
    ) -> list[Tensor]:
        """Run the branches from link to link."""
        branch_2d = as_staged(self.backbone_2d)
        branch_3d = branch_3d or as_staged(self.backbone_3d)
        assert branch_2d is not None  # as the links' stages were found in them
        assert branch_3d is not None
        two, three = StagedRun(branch_2d, key_frame), StagedRun(branch_3d, clip)
        links = zip(self._ends, self.links_to_3d, self.links_to_2d, strict=True)
        for (stage_2d, stage_3d), to_3d, to_2d in links:
            before_2d, before_3d = two.run_to(stage_2d), three.run_to(stage_3d)
            if not isinstance(to_3d, nn.Identity):
                three.features[stage_3d] = to_3d(before_2d, before_3d)
            if not isinstance(to_2d, nn.Identity):
                two.features[stage_2d] = to_2d(before_3d, before_2d)
        return [*self._finished(two), self._of_clip(three.finish())]

    def _clip_input(self, clip: Tensor) -> Tensor:
        return self._format(motion_input(clip, self.motion_input))

    def _format(self, x: Tensor) -> Tensor:
        return to_channels_last(x) if self.channels_last else x


def _built(config: dict | None) -> Any:
    return config and MODELS.build(in_own_scope(config))


def _last(output: Tensor | tuple[Tensor, ...] | list[Tensor]) -> Tensor:
    return output if isinstance(output, Tensor) else output[-1]
