"""2D and 3D branches, and the backbone that joins them."""

from stal_plugin.models.backbones.darknet19 import Darknet19
from stal_plugin.models.backbones.linknet import LinkNet
from stal_plugin.models.backbones.movinet import MoViNet
from stal_plugin.models.backbones.resnet3d18 import ResNet3D18
from stal_plugin.models.backbones.shufflenet_v2 import ShuffleNetV2

__all__ = [
    "Darknet19",
    "LinkNet",
    "MoViNet",
    "ResNet3D18",
    "ShuffleNetV2",
]
