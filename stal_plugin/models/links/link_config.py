"""Reading the ``links`` of LinkNet's config: pairs of stages, directions, kinds."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from stal_plugin.registry import MODELS

DIRECTIONS = ("2d_to_3d", "3d_to_2d", "both")


def stage_pairs(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Read the pairs of stages of an entry of ``links``.

    Raises:
        ValueError: They are no pairs of names.
    """
    pairs = [tuple(pair) for pair in entry.get("stages", ())]
    if not pairs or not all(
        len(pair) == 2 and all(isinstance(name, str) for name in pair) for pair in pairs
    ):
        raise ValueError(
            "stages of a link must be pairs of a 2D and a 3D stage, such as "
            f"[('stage2', 'layer1')], got {entry.get('stages')!r}"
        )
    return [(two, three) for two, three in pairs]


def check_ends(
    branch: str, names: Sequence[str], ends: Sequence[str], what: str = "links"
) -> None:
    """Look whether stages are there and come in order.

    Args:
        branch: Name of the branch, for messages.
        names: Its stages.
        ends: Those that are to be linked.
        what: What names them, for messages.

    Raises:
        ValueError: They are not.
    """
    if not names:
        raise ValueError(
            f"{what} name {[*ends]}, but {branch} is absent or shows no stages: use a "
            "backbone of stal_plugin, mmdet.ResNet or mmaction.ResNet3d, or give yours "
            "stage_channels, run_stage() and collect(), see "
            "stal_plugin/models/backbones/stages.py"
        )
    wrong = [end for end in ends if end not in names]
    if wrong:
        raise ValueError(f"{what} name {wrong}, but {branch} has the stages {[*names]}")
    positions = [names.index(end) for end in ends]
    if positions != sorted(positions):
        raise ValueError(
            f"{what} cross: their stages of {branch} are {[*ends]}, but it runs in the "
            f"order {[*names]}. List the {what} in that order"
        )


def directions_of(entry: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether an entry of ``links`` links 2D to 3D, and 3D to 2D.

    Raises:
        ValueError: There is no such direction.
    """
    direction = entry.get("direction", "2d_to_3d")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be one of {DIRECTIONS}, got {direction!r}")
    return direction != "3d_to_2d", direction != "2d_to_3d"


def build_link(
    kind: Mapping[str, Any], source: int, target: int, exists: bool
) -> nn.Module:
    """Build one direction of a link; nothing (Identity) if the link has it not."""
    if not exists:
        return nn.Identity()
    config = {**kind, "source_channels": source, "target_channels": target}
    built: nn.Module = MODELS.build(config)
    return built
