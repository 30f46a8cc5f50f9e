"""Clips and network agree in which frame is the key frame, or a run does not begin."""

from typing import Any

from mmengine.config import Config

from stal_plugin.engine.config_options import dict_nodes

_LINKNET = "stal_plugin.LinkNet"
_SAMPLING = "stal_plugin.SampleKeyframeClip"


def check_clip_position(cfg: Config) -> None:
    """Require clips whose key frame is where the network looks for actors.

    Args:
        cfg: Config with ``model`` and loaders.

    Raises:
        ValueError: They differ: boxes would be learnt on another frame than theirs.
    """
    wanted = key_frame_of(cfg.get("model") or {})
    if wanted is None:
        return
    for part in ("train", "val", "test"):
        loader = cfg.get(f"{part}_dataloader") or {}
        for path, node in dict_nodes(loader, f"{part}_dataloader"):
            if node.get("type") != _SAMPLING or node.get("clip_len") == 1:
                continue
            position = node.get("position", "last")
            if position != wanted:
                raise ValueError(
                    f"{path}.position={position!r}, but the network takes the "
                    f"{wanted} frame of a clip as the key frame: give both the same "
                    "(model.backbone.key_frame of a LinkNet; other networks of "
                    "stal_plugin have it last)"
                )


def key_frame_of(model: Any) -> str | None:
    """Where a network has the key frame: ``'last'`` or ``'centre'``.

    Args:
        model: Its config.

    Returns:
        None if that does not matter, or for networks of others, who are not asked.
    """
    if not str(model.get("type")).startswith("stal_plugin."):
        return None
    backbone = model.get("backbone") or {}
    if backbone.get("type") != _LINKNET:
        return "last"
    if backbone.get("backbone_2d") is None:
        return None
    return str(backbone.get("key_frame", "last"))
