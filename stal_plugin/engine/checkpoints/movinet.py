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
    index = re.sub(r"(\.data-\d+-of-\d+)?$", ".index", path.name, count=1)
    if path.suffix != ".index" and path.with_name(index).is_file():
        raise ValueError(
            f"'{path}' is a part of a checkpoint of TensorFlow: name its index, "
            f"'{path.with_name(index)}'"
        )
    if path.suffix == ".index":
        return read_movinet_checkpoint(path)
    return read_movinet_tflite(path)
