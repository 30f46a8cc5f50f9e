"""3D ResNet-18 trained on Kinetics, in the layout of torchvision's ``r3d_18``."""

import re
from pathlib import Path

from stal_plugin.weights.foreign_weights import ForeignWeights
from stal_plugin.weights.resnet3d18_names import (
    REQUIRED_ARGUMENTS,
    check_names,
    model_arguments,
    split_classifier,
)
from stal_plugin.weights.torch_file import read_state_dict

_NO_POOL = {"pool_kernel": (1, 1, 1), "pool_stride": (1, 1, 1)}
_NOTE = (
    "torchvision's network has no max-pool, hence output stride 16: give the 2D branch "
    "output_stride=16 too"
)


def read_torchvision_r3d18(path: str | Path) -> ForeignWeights:
    """Read ``r3d_18-*.pth`` of torchvision.

    It is ``ResNet3D18(stem_kernel=(3, 7, 7), pool_kernel=(1, 1, 1),
    pool_stride=(1, 1, 1), shortcut='B')``: kernel 3 in time at the stem, no max-pool,
    projection shortcuts.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file cannot be read safely, or is of another network.
    """
    tensors, skipped = split_classifier(read_state_dict(path))
    names = {name: _rename(name) for name in tensors}
    check_names(path, names)
    renamed = {names[name]: tensor for name, tensor in tensors.items()}
    model = {**model_arguments(renamed), **_NO_POOL}
    return ForeignWeights(
        renamed, model, (*REQUIRED_ARGUMENTS, *_NO_POOL), skipped, notes=(_NOTE,)
    )


def _rename(name: str) -> str:
    """``stem.0`` -> ``conv1``, ``layer1.0.conv2.1`` -> ``layer1.0.bn2``, and so on."""
    name = re.sub(r"^stem\.0\.", "conv1.", name)
    name = re.sub(r"^stem\.1\.", "bn1.", name)
    name = re.sub(r"^(layer\d\.\d+)\.conv(\d)\.0\.(?=\w+$)", r"\1.conv\2.", name)
    return re.sub(r"^(layer\d\.\d+)\.conv(\d)\.1\.(?=\w+$)", r"\1.bn\2.", name)
