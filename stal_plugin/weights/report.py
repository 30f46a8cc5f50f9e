"""Tables about converted weights."""

from collections.abc import Iterable

from rich.table import Table

from stal_plugin.weights.fitting import Fit

_MISSING = "not in the file, keeps its initial value"


def fit_table(fit: Fit, title: str) -> Table:
    """Return a table of what was loaded, skipped and is missing, and why.

    Tensors are counted per part of the model (the first name before a dot), the
    skipped ones per reason.

    Args:
        fit: What to show.
        title: Of the table.
    """
    table = Table(title=title)
    for column in ("part", "tensors", "numbers", "status", "why"):
        table.add_column(column)
    sizes = {name: tensor.numel() for name, tensor in fit.loaded.items()}
    for part, names in _by_part(sizes):
        total = sum(sizes[name] for name in names)
        table.add_row(part, str(len(names)), f"{total:,}", "loaded", "")
    for reason in dict.fromkeys(fit.skipped.values()):
        found = [name for name, why in fit.skipped.items() if why == reason]
        table.add_row(", ".join(found), str(len(found)), "", "skipped", reason)
    for part, names in _by_part(fit.missing):
        table.add_row(part, str(len(names)), "", "missing", _MISSING)
    return table


def _by_part(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(name.split(".")[0], []).append(name)
    return list(parts.items())
