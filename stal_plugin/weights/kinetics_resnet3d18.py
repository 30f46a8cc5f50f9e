"""3D ResNet-18 trained on Kinetics, in the layout of K. Hara's repository."""

from pathlib import Path

from stal_plugin.weights.foreign_weights import ForeignWeights
from stal_plugin.weights.resnet3d18_names import (
    REQUIRED_ARGUMENTS,
    check_names,
    model_arguments,
    split_classifier,
)
from stal_plugin.weights.torch_file import read_state_dict


def read_kinetics_resnet3d18(path: str | Path) -> ForeignWeights:
    """Read ``resnet-18-kinetics.pth`` and newer files such as ``r3d18_K_200ep.pth``.

    The names are ours, behind ``module.`` in the older files, and the classifier is
    ``fc``. Files with shortcut A have no ``downsample`` layers, those with B have.

    Args:
        path: The file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file cannot be read safely, or is of another network.
    """
    tensors, skipped = split_classifier(read_state_dict(path))
    check_names(path, {name: name for name in tensors})
    return ForeignWeights(
        tensors, model_arguments(tensors), REQUIRED_ARGUMENTS, skipped
    )
