"""A table of a report."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r"([+-]?\d[\d.]*( to [+-]?\d[\d.]*)?|–)?$")  # noqa: RUF001


@dataclass(frozen=True)
class ReportTable:
    """Rows of cells below a head.

    Args:
        caption: What the table shows.
        head: Names of the columns.
        rows: Cells; the first of each row names it.

    Raises:
        ValueError: A row has another number of cells than the head.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        """Check that every row fits the head."""
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(
                    f"table {self.caption!r}: row {list(row)} has {len(row)} cells, "
                    f"the head has {len(self.head)}"
                )

    @property
    def numeric(self) -> list[bool]:
        """Whether a column holds numbers only, by column."""
        columns = zip(*self.rows, strict=True)
        return [all(_NUMBER.match(cell) for cell in cells) for cells in columns]


def percent(value: float | None, digits: int = 1) -> str:
    """Format a share in [0, 1] as percent; a dash for None and NaN."""
    if value is None or value != value:
        return "–"  # noqa: RUF001  (the usual sign of an empty cell)
    return f"{100 * value:.{digits}f}"
