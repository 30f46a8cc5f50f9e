"""Which tensors of a file fit a model, as a result and as a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from rich.markup import escape
from rich.table import Table
from torch import Tensor

_SHOWN = 3
_MISSING = "not in the file, keeps its initial value"


@dataclass(frozen=True)
class Fit:
    """Which tensors of a file fit a model.

    Args:
        loaded: By name, shapes as in the model.
        skipped: Tensors of the file that were left out: name and why.
        missing: Names of the model's tensors that the file does not have; counters of
            BatchNorm are not among them.
        widened: Names of the loaded ones that :func:`widened_stem` filled up.
    """

    loaded: dict[str, Tensor]
    skipped: dict[str, str]
    missing: tuple[str, ...]
    widened: tuple[str, ...] = ()


def widened_stem(stored: Tensor, model: Tensor) -> Tensor | None:
    """Fill a convolution of RGB up with zeros, for a model that also sees motion.

    The model then starts as the pretrained one: what it sees of the three further
    channels has no effect yet.

    Args:
        stored: Weights of the file, ``(D, 3, ...)``.
        model: Weights of the model, ``(D, 6, ...)``: RGB and differences of frames,
            see ``motion_input='both'`` of :class:`LinkNet`.

    Returns:
        ``(D, 6, ...)``, or None if the two are not such a pair.
    """
    if stored.dim() < 4 or stored.shape[1:2] != (3,) or model.shape[1:2] != (6,):
        return None
    if stored.dim() != model.dim() or stored[:, :1].shape != model[:, :1].shape:
        return None
    return torch.cat([stored, torch.zeros_like(stored)], dim=1)


def fit_tensors(
    tensors: Mapping[str, Tensor],
    model: Mapping[str, Tensor],
    class_layers: Sequence[str] = (),
    advice: str = "",
) -> Fit:
    """Find which tensors of a file fit a model.

    Args:
        tensors: Of the file, under the names of the model.
        model: The model's ``state_dict``.
        class_layers: Prefixes of layers that are skipped where shapes differ.
        advice: What to do about other differences of shape; ends the error message.

    Raises:
        ValueError: Shapes differ elsewhere, or no tensor fits.
    """
    loaded: dict[str, Tensor] = {}
    skipped: dict[str, str] = {}
    wrong, widened = [], []
    for name, tensor in tensors.items():
        if name not in model:
            skipped[name] = "the model has no such layer"
        elif tensor.shape == model[name].shape:
            loaded[name] = tensor
        elif (filled := widened_stem(tensor, model[name])) is not None:
            loaded[name] = filled
            widened.append(name)
        else:
            shapes = f"{tuple(tensor.shape)} in the file, {tuple(model[name].shape)}"
            if name.startswith(tuple(class_layers)):
                skipped[name] = f"shape {shapes} in the model: other classes"
            else:
                wrong.append(f"{name}: {shapes} in the model")
    if wrong or not loaded:
        raise ValueError(_refusal(wrong, len(tensors), skipped, advice))
    missing = tuple(
        name
        for name in model
        if name not in tensors and not name.endswith("num_batches_tracked")
    )
    return Fit(loaded, skipped, missing, tuple(widened))


def _refusal(
    wrong: Sequence[str], count: int, skipped: Mapping[str, str], advice: str
) -> str:
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        problem = f"{len(wrong)} of {count} tensors have another shape than the model's"
        listed = "; ".join(wrong[:_SHOWN]) + more
    else:
        problem = f"none of the {count} tensors is one of the model's"
        listed = ", ".join([*skipped][:_SHOWN])
    return f"the weights do not fit: {problem} ({listed}). {advice}".rstrip()


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
        why = "RGB; zeros for motion" if set(names) & {*fit.widened} else ""
        table.add_row(escape(part), str(len(names)), f"{total:,}", "loaded", why)
    for reason in dict.fromkeys(fit.skipped.values()):
        names = [name for name, why in fit.skipped.items() if why == reason]
        shown = escape(", ".join(names))
        table.add_row(shown, str(len(names)), "", "skipped", escape(reason))
    for part, names in _by_part(fit.missing):
        table.add_row(escape(part), str(len(names)), "", "missing", _MISSING)
    return table


def _by_part(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(name.split(".")[0], []).append(name)
    return list(parts.items())
