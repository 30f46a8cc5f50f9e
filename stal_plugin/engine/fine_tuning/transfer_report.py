"""What a training takes from a checkpoint, in a few lines."""

from collections.abc import Iterable, Sequence

from stal_plugin.engine.fine_tuning.transfer_weights import Transfer

_SHOWN = 4


def transfer_report(
    result: Transfer, old_classes: Sequence[str], new_classes: Sequence[str]
) -> list[str]:
    """Tell what was kept and what starts anew.

    Args:
        result: Weights and their origin.
        old_classes: Classes of the checkpoint; empty if unknown.
        new_classes: Classes of the new network.

    Returns:
        Lines.
    """
    kept = [name for name in new_classes if name in old_classes]
    fresh = [name for name in new_classes if name not in old_classes]
    gone = [name for name in old_classes if name not in new_classes]
    lines = [
        f"fine-tuning: {len(result.kept)} of {len(result.weights)} tensors are those "
        "of the checkpoint"
    ]
    if not old_classes:
        lines.append("  classes: the checkpoint does not name them; taken by number")
    else:
        lines.append(
            f"  classes kept by name: {_listed(kept)}; anew: {_listed(fresh)}; left "
            f"out: {_listed(gone)}"
        )
    if result.by_class:
        lines.append(f"  rows kept class by class: {_listed(result.by_class)}")
    if result.from_config:
        lines.append(f"  from the config: {_listed(result.from_config)}")
    if result.anew:
        reasons = [f"{name} ({why})" for name, why in result.anew.items()]
        lines.append(f"  start anew: {_listed(reasons)}")
    if result.unused:
        lines.append(f"  without a place here: {_listed(result.unused)}")
    return lines


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}" if names else "none"
