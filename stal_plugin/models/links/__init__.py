"""What joins a stage of the 2D branch to a stage of the 3D branch."""

from stal_plugin.models.links.links import (
    BottleneckLink,
    Conv3dLink,
    ExpandConv3dLink,
    ExpandLink,
    NoLink,
)

__all__ = [
    "BottleneckLink",
    "Conv3dLink",
    "ExpandConv3dLink",
    "ExpandLink",
    "NoLink",
]
