"""A value in a json file that knows its place."""

import json
import math
from os import PathLike
from pathlib import Path
from typing import Any


class JsonNode:
    """A value in a json file; reads its parts and names the place of a wrong one.

    Args:
        value: The value.
        path: The file, for errors.
        place: Place in the file, such as ``annotations[3].bbox``; '' for all of it.
    """

    def __init__(self, value: Any, path: str | PathLike, place: str = "") -> None:
        self.value = value
        self.path = path
        self.place = place

    @classmethod
    def load(cls, path: str | PathLike) -> "JsonNode":
        """Read a file.

        Args:
            path: The file.

        Returns:
            Its content.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is no json.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"there is no file {path}")
        try:
            return cls(json.loads(Path(path).read_text(encoding="utf-8-sig")), path)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} is no valid json: {error}") from None

    def wrong(self, what: str) -> ValueError:
        """Error about this value.

        Args:
            what: What it should be.

        Returns:
            The error, to be raised.
        """
        shown = repr(self.value)
        shown = shown if len(shown) < 80 else f"{shown[:80]}..."
        where = f" {self.place}" if self.place else ""
        return ValueError(f"{self.path}:{where} is {shown}, must be {what}")

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def __getitem__(self, key: str) -> "JsonNode":
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        if key not in self.value:
            where = f" {self.place}" if self.place else ""
            raise ValueError(f"{self.path}:{where} has no key {key!r}")
        place = f"{self.place}.{key}" if self.place else key
        return JsonNode(self.value[key], self.path, place)

    def entries(self) -> list[tuple[str, "JsonNode"]]:
        """Parts of an object, by key."""
        if not isinstance(self.value, dict):
            raise self.wrong("an object")
        return [(key, self[key]) for key in self.value]

    def items(self) -> list["JsonNode"]:
        """Parts of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [
            JsonNode(value, self.path, f"{self.place}[{i}]")
            for i, value in enumerate(self.value)
        ]

    def text(self) -> str:
        """A text, or a number or truth value as text."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        if not isinstance(self.value, str | int | float):
            raise self.wrong("a text")
        return str(self.value)

    def number(self) -> float:
        """A finite number."""
        bad = isinstance(self.value, bool) or not isinstance(self.value, int | float)
        if bad or abs(self.value) > 2**53 or not math.isfinite(self.value):
            raise self.wrong("a number")
        return float(self.value)

    def integer(self) -> int:
        """An integer."""
        number = self.number()
        if number != int(number):
            raise self.wrong("an integer")
        return int(number)

    def numbers(self, count: int) -> list[float]:
        """So many numbers."""
        if not isinstance(self.value, list) or len(self.value) != count:
            raise self.wrong(f"a list of {count} numbers")
        return [item.number() for item in self.items()]

    def size(self) -> tuple[int, int] | None:
        """Its keys width and height in pixels; None if one is missing or 0."""
        if "width" not in self or "height" not in self:
            return None
        width, height = self["width"].integer(), self["height"].integer()
        return (width, height) if width > 0 and height > 0 else None
