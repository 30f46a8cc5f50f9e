"""3D ResNet-18 in the files of others: Kinetics (K. Hara) and torchvision."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from stal_plugin.engine.checkpoints.torch_file import ForeignWeights, read_state_dict

#: Arguments of :class:`ResNet3D18` that decide about the names and shapes of weights.
REQUIRED_ARGUMENTS = ("stem_kernel", "shortcut")
_NAME = re.compile(
    r"(conv1|bn1|layer[1-4]\.[01]\.(conv1|bn1|conv2|bn2|downsample\.[01]))"
    r"\.(weight|bias|running_mean|running_var|num_batches_tracked)"
)
_FIRST = "conv1.weight"
_SHORTCUT = "layer2.0.downsample.0.weight"


def check_names(path: str | Path, names: Mapping[str, str]) -> None:
    """Check that a file is of a 3D ResNet-18.

    Args:
        path: The file.
        names: Name in the file to name in :class:`ResNet3D18`.

    Raises:
        ValueError: There are other layers, or the first one is missing.
    """
    other = [name for name, ours in names.items() if not _NAME.fullmatch(ours)]
    if other:
        raise ValueError(
            f"'{path}' is of another network than a 3D ResNet-18: it has the layers "
            f"{other[:3]} ({len(other)} such). Deeper networks and (2+1)D ones do not "
            "fit stal_plugin.ResNet3D18"
        )
    if _FIRST not in names.values():
        raise ValueError(
            f"'{path}' has no first convolution, its tensors are {[*names][:3]}"
        )


def model_arguments(tensors: Mapping[str, Tensor]) -> dict:
    """Return the config of the :class:`ResNet3D18` that has these shapes.

    Args:
        tensors: Under the names of :class:`ResNet3D18`.
    """
    kernel = tuple(int(side) for side in tensors[_FIRST].shape[2:])
    return {
        "type": "stal_plugin.ResNet3D18",
        "stem_kernel": kernel,
        "shortcut": "B" if _SHORTCUT in tensors else "A",
    }


def split_classifier(
    tensors: Mapping[str, Tensor], prefixes: Sequence[str] = ("fc.",)
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Separate the layers of the classifier from those of the backbone.

    Args:
        tensors: Of the file.
        prefixes: Of the classifier's layers.

    Returns:
        Tensors of the backbone; names of the others and why they are left out.
    """
    reason = "classifier of clips, a detector has none"
    skipped = {name: reason for name in tensors if name.startswith(tuple(prefixes))}
    return {k: v for k, v in tensors.items() if k not in skipped}, skipped


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
