"""Names of the files of an exported network."""

from pathlib import Path

#: Ending of exported networks.
ENDING = ".onnx"


def people_path(path: str | Path) -> Path:
    """Where the person detector of a file is: ``m.people.onnx`` beside ``m.onnx``.

    No file says where: it could name any path.
    """
    return Path(path).with_suffix(f".people{ENDING}")


def files_of(checkpoint: str | None) -> list[str]:
    """Files that are read for a checkpoint or an exported network.

    Args:
        checkpoint: File or address; None: nothing is read.
    """
    if not checkpoint:
        return []
    if Path(checkpoint).suffix != ENDING:
        return [checkpoint]
    return [checkpoint, str(people_path(checkpoint))]
