"""One fault of a data set."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault of a data set.

    Args:
        kind: Name of the kind of fault, such as ``'zero area'``.
        file: The file.
        line: Line in it, from 1; 0 where a line means nothing.
        value: What is there.
        fix: What the user can do.
        repair: Name of the repair that mends it; '' if only a person can.
        warning: Whether training works all the same.
    """

    kind: str
    file: str
    line: int
    value: str
    fix: str
    repair: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        mendable = " [--fix does this]" if self.repair else ""
        return f"{place}: {self.value}. {self.fix}{mendable}"
