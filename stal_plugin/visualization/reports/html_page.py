"""One HTML page made of parts: texts, tables and pictures; it needs no other file."""

import base64
import io
import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import matplotlib as mpl
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from stal_plugin.files.atomic_file import atomic_file
from stal_plugin.visualization.charts import as_plain_text

_STYLE = """<style>
:root { --ink: #1b1b1b; --paper: #ffffff; fill: #1b1b1b; fill: var(--ink) }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #1d1f22 } }
</style>"""
# what readers' systems have instead of matplotlib's font is not wider than it
_FONTS = "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif"
_JPEG_QUALITY = 82
_NUMBER = re.compile(r"([+-]?\d[\d.]*( to [+-]?\d[\d.]*)?|–)?$")  # noqa: RUF001


@dataclass(frozen=True)
class Picture:
    """A picture and its text alternative.

    Args:
        uri: The picture as ``data:`` address.
        alt: What is to be seen, in words; not empty.
        caption: Text below it.

    Raises:
        ValueError: ``alt`` is empty.
    """

    uri: str
    alt: str
    caption: str = ""

    def __post_init__(self) -> None:
        """Require the text alternative."""
        if not self.alt.strip():
            raise ValueError("a picture needs a text alternative (alt)")

    @classmethod
    def of_figure(cls, figure: Figure, alt: str, caption: str = "") -> "Picture":
        """Take a chart as SVG; black and white follow the reader's colour scheme.

        Args:
            figure: Chart of matplotlib, black on white.
            alt: What it shows, in words.
            caption: Text below it.
        """
        return cls(_uri("image/svg+xml", themed_svg(figure).encode()), alt, caption)

    @classmethod
    def of_image(cls, image: np.ndarray, alt: str, caption: str = "") -> "Picture":
        """Take an image as JPEG.

        Args:
            image: ``(H, W, 3)`` uint8 RGB.
            alt: What it shows, in words.
            caption: Text below it.

        Raises:
            ValueError: OpenCV could not encode it.
        """
        options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        swapped = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        ok, data = cv2.imencode(".jpg", swapped, options)
        if not ok:
            raise ValueError(f"OpenCV could not encode an image of {image.shape}")
        return cls(_uri("image/jpeg", data.tobytes()), alt, caption)


def themed_svg(figure: Figure) -> str:
    """Write a figure as SVG whose black and white are swapped in dark mode.

    The same figure gives the same text.
    """
    buffer = io.StringIO()
    with (
        mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "stal_plugin"}),
        as_plain_text(figure),
        warnings.catch_warnings(),
    ):
        # the reader's fonts have what matplotlib's lacks
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for colour, name in (("#000000", "--ink"), ("#ffffff", "--paper")):
        text = text.replace(f": {colour}", f": var({name})")
    text = re.sub(r"'DejaVu Sans'(, [^;\"]*)?", _FONTS, text)
    end_of_tag = text.index(">") + 1
    return text[:end_of_tag] + _STYLE + text[end_of_tag:]


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


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


@dataclass(frozen=True)
class Headline:
    """A number to remember, and what it means.

    Args:
        value: The number, such as ``'98 of 100'``.
        name: What it counts, in a few words.
        meaning: A sentence or two.
    """

    value: str
    name: str
    meaning: str


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
        headlines: Numbers above all else.
        summary: The content in a few words, beside the title while the part is folded.
        folded: Whether only title and summary are shown at first.
        missing: Why there is nothing to show; empty if there is.
    """

    title: str
    texts: Sequence[str] = ()
    tables: Sequence[ReportTable] = ()
    pictures: Sequence[Picture] = ()
    strips: Sequence[tuple[str, Sequence[Picture]]] = ()
    code: str = ""
    headlines: Sequence[Headline] = ()
    summary: str = ""
    folded: bool = False
    missing: str = ""


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
        loader=PackageLoader("stal_plugin.visualization.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html.j2")
    return template.render(title=title, lead=lead, parts=parts)


def write_page(path: str | os.PathLike, text: str) -> None:
    """Write a page; the file is replaced in one step."""
    with atomic_file(path) as part:
        part.write_text(text, encoding="utf-8")
