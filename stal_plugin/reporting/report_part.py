"""One part of a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stal_plugin.reporting.missing_data_error import MissingDataError
from stal_plugin.reporting.picture import Picture
from stal_plugin.reporting.report_table import ReportTable


@dataclass(frozen=True)
class ReportPart:
    """Text, tables and pictures below a title.

    Args:
        title: Heading.
        texts: Paragraphs.
        tables: Tables.
        pictures: Charts, one below the other.
        strips: Rows of small pictures, by their titles.
        code: Text that is shown as it is, such as a configuration.
        folded: Whether tables, pictures and code are hidden at first.
        missing: Why there is nothing to show; empty if there is.
    """

    title: str
    texts: Sequence[str] = ()
    tables: Sequence[ReportTable] = ()
    pictures: Sequence[Picture] = ()
    strips: Sequence[tuple[str, Sequence[Picture]]] = ()
    code: str = ""
    folded: bool = False
    missing: str = ""


def part_or_reason(title: str, make: Callable[[], ReportPart]) -> ReportPart:
    """Make an optional part; say in its place why it could not be made.

    Args:
        title: Heading of the part.
        make: Makes it; may raise ``FileNotFoundError`` or ``MissingDataError``.

    Returns:
        The part, or one with ``missing``.
    """
    try:
        return make()
    except (FileNotFoundError, MissingDataError) as error:
        return ReportPart(title, missing=str(error))
