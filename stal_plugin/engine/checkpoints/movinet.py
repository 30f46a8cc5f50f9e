"""Google's MoViNets, in the files that they are published in."""

import re
from pathlib import Path

from stal_plugin.engine.checkpoints.movinet_checkpoint import read_movinet_checkpoint
from stal_plugin.engine.checkpoints.movinet_tflite import read_movinet_tflite
from stal_plugin.engine.checkpoints.torch_file import ForeignWeights


def read_movinet(path: str | Path) -> ForeignWeights:
    """Read a MoViNet of tensorflow/models, A0 to A2.

    Args:
        path: A ``.tflite`` file of a streaming network, in int8 or float, or the
            ``.index`` file of a checkpoint of TensorFlow, of any network.

    Returns:
        The backbone's tensors, and the classifier's beside them.

    Raises:
        FileNotFoundError: There is no such file.
        ImportError: A TFLite file needs the package ``tflite``.
        ValueError: It is damaged, or of another network.
    """
    path = Path(path)
    if path.suffix == ".index":
        return read_movinet_checkpoint(path)
    _refuse_parts(path)
    return read_movinet_tflite(path)


def _refuse_parts(path: Path) -> None:
    """Say which file is the one to name, where another of a checkpoint was."""
    if path.is_file() and path.name.endswith((".tar.gz", ".tgz", ".tar")):
        raise ValueError(f"'{path}' is packed: tar -xf it, and name the .index in it")
    index = path.with_name(
        re.sub(r"(\.data-\d+-of-\d+)?$", ".index", path.name, count=1)
    )
    if path.is_dir():
        index = min(path.glob("*.index"), default=path / "NAME.index")
    if path.is_dir() or index.is_file():
        raise ValueError(
            f"'{path}' is not the file to name: a checkpoint of TensorFlow is read by "
            f"its index, '{index}'"
        )
