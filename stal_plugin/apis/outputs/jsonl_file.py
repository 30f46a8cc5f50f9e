"""One JSON object per line, written as it comes."""

import json
from os import PathLike
from pathlib import Path
from typing import Any


class JsonlFile:
    """One JSON object per line; every line is on disk at once.

    Args:
        path: The file; it is replaced, its folder is made.
    """

    def __init__(self, path: str | PathLike) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("w", encoding="utf-8", buffering=1)

    def write(self, content: dict[str, Any]) -> None:
        """Append an object."""
        self._file.write(json.dumps(content, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
