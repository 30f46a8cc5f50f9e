"""Figures without a window system and without matplotlib's global state."""

import os
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(path: str | os.PathLike, figure: Figure) -> None:
    """Write a figure as PNG; the file is replaced in one step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    # without the version of matplotlib in it, the same figure gives the same file
    figure.savefig(part, format="png", dpi=120, metadata={"Software": None})
    part.replace(path)
