"""What charts have in common."""

WIDTH = 4.8
"""Inches; a chart of this width can be read on a phone."""

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#8c8c8c"
"""Okabe and Ito's colours, on light and on dark."""


def shorten(text: str, length: int = 26) -> str:
    """Cut a long name for the edge of a chart."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def listing(names: list[str], values: list[str], limit: int = 30) -> str:
    """Say names with their values in one sentence part, for text alternatives.

    Args:
        names: What the values belong to.
        values: As long as ``names``.
        limit: Most pairs; how many more there are is said.
    """
    pairs = [f"{n} {v}" for n, v in zip(names, values, strict=True)]
    rest = f" and {len(pairs) - limit} more" if len(pairs) > limit else ""
    return ", ".join(pairs[:limit]) + rest
