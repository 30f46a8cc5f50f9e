"""One line of the report."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        level: ``'broken'`` (training or testing will fail), ``'warning'`` (works, with
            a drawback) or ``'info'``.
        text: What was found.
        fix: Command that mends it.
    """

    level: Literal["info", "warning", "broken"]
    text: str
    fix: str = ""
