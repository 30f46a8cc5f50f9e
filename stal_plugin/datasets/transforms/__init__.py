"""Transforms of clips with boxes; importing the package registers them."""

from stal_plugin.datasets.transforms.boxes_to_pixels import BoxesToPixels
from stal_plugin.datasets.transforms.decode_clip import DecodeClip
from stal_plugin.datasets.transforms.distort_clip import DistortClip
from stal_plugin.datasets.transforms.flip_clip import FlipClip
from stal_plugin.datasets.transforms.jitter_resize import JitterResize
from stal_plugin.datasets.transforms.pack_clip_inputs import PackClipInputs
from stal_plugin.datasets.transforms.sample_keyframe_clip import SampleKeyframeClip

__all__ = [
    "BoxesToPixels",
    "DecodeClip",
    "DistortClip",
    "FlipClip",
    "JitterResize",
    "PackClipInputs",
    "SampleKeyframeClip",
]
