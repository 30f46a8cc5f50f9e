"""What joins a stage of the 2D branch to a stage of the 3D branch."""

from stal_plugin.models.links.bottleneck_link import BottleneckLink
from stal_plugin.models.links.conv3d_link import Conv3dLink
from stal_plugin.models.links.expand_conv3d_link import ExpandConv3dLink
from stal_plugin.models.links.expand_link import ExpandLink
from stal_plugin.models.links.no_link import NoLink

__all__ = ["BottleneckLink", "Conv3dLink", "ExpandConv3dLink", "ExpandLink", "NoLink"]
