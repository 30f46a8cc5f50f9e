"""The two-branch backbone: key frame in 2D, clip in 3D, links between them."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from stal_plugin.models.backbones.stages import run_stages
from stal_plugin.registry import MODELS


@MODELS.register_module()
class LinkNet(BaseModule):
    """Run a 2D branch on the key frame and a 3D branch on the clip.

    ::

        clip (B, 3, T, H, W) -+- last frame -> 2D branch -> (B, C2, h, w)
                              +- all frames -> 3D branch -> mean over T -> (B, C3, h, w)

    Without links this is the backbone of YOWO. Not the segmentation network of the
    same name (2017). Any backbone that maps ``(B, 3, H, W)`` (2D: mmdet) or
    ``(B, 3, T, H, W)`` (3D: mmaction2) to a map, or to a tuple whose last entry is
    the map, can be a branch.

    Args:
        backbone_2d: Config of the 2D branch; None leaves the branch out.
        backbone_3d: Config of the 3D branch; None leaves the branch out.
        links: From 2D stages into 3D stages, e.g. ``[dict(source='stage2',
            target='layer1', type=...)]``: the named 3D stage's output becomes
            ``link(feature_2d, feature_3d)``. Both branches must be staged (have
            ``stages(x)``, see ``stages.py``). None: no links, which is YOWO.
        channels_last: Run the branches in channels-last memory format, which is
            faster for thin networks on CPUs and for half precision on GPUs.
        init_cfg: Initialisation, see mmengine.

    Shape:
        input ``(B, 3, T, H, W)``, the key frame is the last; output: a tuple of the
        maps of the branches, 2D first, all of the same size ``(h, w)``.

    Raises:
        ValueError: If both branches are None, a link cannot be made, or the maps of
            the branches differ in size.

    Reference:
        Paper, sections 5 and 6.1, figure 1.
    """

    def __init__(
        self,
        backbone_2d: dict | None,
        backbone_3d: dict | None,
        links: Sequence[dict] | None = None,
        channels_last: bool = False,
        init_cfg: dict | list | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if backbone_2d is None and backbone_3d is None:
            raise ValueError("LinkNet needs backbone_2d, backbone_3d or both")
        self.backbone_2d: Any = backbone_2d and MODELS.build(backbone_2d)
        self.backbone_3d: Any = backbone_3d and MODELS.build(backbone_3d)
        self.channels_last = channels_last
        self._build_links(links or ())

    def _build_links(self, links: Sequence[dict]) -> None:
        """Build the links; ``self._ends`` holds the (source, target) of each."""
        self._ends = [(link["source"], link["target"]) for link in links]
        for end, branch in enumerate(("backbone_2d", "backbone_3d")):
            names = getattr(getattr(self, branch), "stage_names", ())
            wrong = [ends[end] for ends in self._ends if ends[end] not in names]
            if wrong:
                raise ValueError(
                    f"links name {wrong}, but {branch} has the stages {list(names)}"
                )
        kinds = [
            {k: v for k, v in link.items() if k not in ("source", "target")}
            for link in links
        ]
        self.links = nn.ModuleList(MODELS.build(kind) for kind in kinds)

    def forward(self, clip: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of the branches."""
        key_frame, clip = self._format(clip[:, :, -1]), self._format(clip)
        sources: dict[str, Tensor] = {}
        maps = []
        if self.backbone_2d is not None:
            maps.append(self._run_2d(key_frame, sources))
        if self.backbone_3d is not None:
            maps.append(self._run_3d(clip, sources).mean(dim=2))
        sizes = {tuple(m.shape[-2:]) for m in maps}
        if len(sizes) > 1:
            raise ValueError(
                f"the 2D branch gives a map of {tuple(maps[0].shape[-2:])} cells, the "
                f"3D branch one of {tuple(maps[1].shape[-2:])}, for an input of "
                f"{tuple(clip.shape[-2:])} pixels: give both branches the same output "
                "stride"
            )
        return tuple(maps)

    def _run_2d(self, key_frame: Tensor, sources: dict[str, Tensor]) -> Tensor:
        """Run the 2D branch; note its stages in ``sources`` if there are links."""
        if not self.links:
            return _last(self.backbone_2d(key_frame))

        def keep(name: str, feature: Tensor) -> Tensor:
            sources[name] = feature
            return feature

        return _last(run_stages(self.backbone_2d.stages(key_frame), keep))

    def _run_3d(self, clip: Tensor, sources: dict[str, Tensor]) -> Tensor:
        """Run the 3D branch; feed the links from ``sources`` into its stages."""
        if not self.links:
            return _last(self.backbone_3d(clip))

        def receive(name: str, feature: Tensor) -> Tensor:
            for (source, target), link in zip(self._ends, self.links, strict=True):
                if target == name:
                    feature = link(sources[source], feature)
            return feature

        return _last(run_stages(self.backbone_3d.stages(clip), receive))

    def _format(self, x: Tensor) -> Tensor:
        if not self.channels_last:
            return x
        if x.ndim == 4:
            return x.contiguous(memory_format=torch.channels_last)
        return x.contiguous(memory_format=torch.channels_last_3d)


def _last(output: Tensor | tuple[Tensor, ...] | list[Tensor]) -> Tensor:
    return output if isinstance(output, Tensor) else output[-1]
