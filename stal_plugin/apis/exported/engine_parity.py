"""How much each engine differs from the original network, on the same real clips."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stal_plugin.apis.exported.exported_model import exported_model
from stal_plugin.apis.exported.open_runtime import installed_choices
from stal_plugin.apis.exported.parity import Parity
from stal_plugin.wording import counted


def engine_parities(
    path: str | Path, first: Parity, measure: Callable[[Any], Parity]
) -> Iterator[tuple[str, Parity | str]]:
    """Measure the installed engines one after another.

    Args:
        path: Exported file.
        first: Of onnxruntime, whose differences are known.
        measure: Compares the original with a model of :func:`exported_model`.

    Yields:
        Name of an engine and of the numbers it computes in, and the differences, or
        what it says if it cannot run the file.
    """
    for place, choice in enumerate(installed_choices("cpu")):
        if place == 0:
            yield str(choice), first
            continue
        try:
            model = exported_model(path, "cpu", choice.engine, choice.precision)
            yield str(choice), measure(model)
        except ValueError as error:
            yield str(choice), str(error)


def parity_text(engine: str, found: Parity | str) -> str:
    """Say in one line what :func:`engine_parities` found of an engine."""
    if isinstance(found, str):
        return f"{engine}: {found}"
    clips = counted(found.num_clips, "clip")
    differences = f"boxes {found.boxes:.1e} pixels, scores {found.scores:.1e}"
    return f"{engine}, {clips}: {differences}"
