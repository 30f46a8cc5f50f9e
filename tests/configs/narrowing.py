"""Full-size networks with an eighth of their hidden channels: built in a moment."""

from typing import Any

NARROW = 8
CHANNELS = (
    *("channels", "feat_channels", "in_channels", "out_channels"),
    *("num_deconv_filters", "cls_in_channels", "cls_channels"),
)
NARROWER: dict[str, dict] = {
    "stal_plugin.Darknet19": {"width": 1 / NARROW},
    "stal_plugin.ResNet3D18": {"width": 1 / NARROW},
    "mmdet.ResNet": {"base_channels": 64 // NARROW},
    "mmdet.FCOSHead": {"norm_cfg": {"type": "GN", "num_groups": 4}},
}


def narrow(channels: int) -> int:
    return channels if channels in (3, 80, 425) else channels // NARROW


def narrowed(node: Any) -> Any:
    """A config with an eighth of the hidden channels."""
    if isinstance(node, (list, tuple)):
        return type(node)(narrowed(child) for child in node)
    if not isinstance(node, dict):
        return node
    out = {
        key: _narrow_all(value) if key in CHANNELS else narrowed(value)
        for key, value in node.items()
    }
    return out | NARROWER.get(node.get("type", ""), {})


def _narrow_all(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_narrow_all(v) for v in value)
    return narrow(value) if value >= 64 else value
