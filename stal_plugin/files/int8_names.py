"""Names of the int8 copies of an exported file, which lie beside it."""

from pathlib import Path

#: How a copy may be made, see ``stal_plugin/apis/exported/quantize.py``.
INT8_KINDS = ("dynamic", "static", "nncf")


def int8_copy(path: Path, kind: str) -> Path:
    """Return the name of the copy of an exported file.

    Args:
        path: The file.
        kind: One of ``INT8_KINDS``.
    """
    return path.with_name(f"{path.stem}_int8-{kind}.onnx")
