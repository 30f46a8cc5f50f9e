"""Parts of a report as one HTML file."""

import os
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from stal_plugin.reporting.report_part import ReportPart


def html_page(title: str, lead: str, parts: Sequence[ReportPart]) -> str:
    """Render a page that needs no other file and no network.

    Args:
        title: Heading of the page.
        lead: Paragraph below it.
        parts: The parts, in order.

    Returns:
        The HTML; all texts are escaped.
    """
    environment = Environment(
        loader=PackageLoader("stal_plugin.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    return template.render(title=title, lead=lead, parts=parts)


def write_page(path: str | os.PathLike, text: str) -> None:
    """Write a page; the file is replaced in one step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
