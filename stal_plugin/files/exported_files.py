"""Names of the files of an exported network."""

from pathlib import Path

#: Ending of exported networks.
ENDING = ".onnx"
#: How an int8 copy may be made, see ``stal_plugin/apis/exported/quantize.py``.
INT8_KINDS = ("dynamic", "static", "nncf")


def people_path(path: str | Path) -> Path:
    """Where the person detector of a file is: ``m.people.onnx`` beside ``m.onnx``.

    No file says where: it could name any path.
    """
    return Path(path).with_suffix(f".people{ENDING}")


def int8_copy(path: Path, kind: str) -> Path:
    """Name of the int8 copy of an exported file, which lies beside it.

    Args:
        path: The file.
        kind: One of ``INT8_KINDS``.
    """
    return path.with_name(f"{path.stem}_int8-{kind}{ENDING}")


def files_of(checkpoint: str | None) -> list[str]:
    """Files that are or may be read for a checkpoint or an exported network.

    Args:
        checkpoint: File or address; None: nothing is read.
    """
    if not checkpoint:
        return []
    if Path(checkpoint).suffix != ENDING:
        return [checkpoint]
    copies = [int8_copy(Path(checkpoint), kind) for kind in INT8_KINDS]
    return [checkpoint, str(people_path(checkpoint)), *map(str, copies)]
