"""Whether a checkpoint and a data set are of the same classes."""

import logging
from collections.abc import Sequence

from mmengine.logging import print_log

_SHOWN = 3
_FIX = {
    "resume": "To start a new training from its weights: tools/train.py --load-from",
    "test": "Test with the config and the data it was trained with, or fine-tune it "
    "first: tools/train.py --load-from",
}


def check_same_classes(old: Sequence[str], new: Sequence[str], purpose: str) -> None:
    """Stop where weights would stand for other classes than their own.

    Args:
        old: Classes of the checkpoint, by number; empty if unknown.
        new: Classes of the data, by number.
        purpose: ``'resume'`` or ``'test'``.

    Raises:
        ValueError: The numbers of classes differ, or the same names have other numbers.
            Other names with the same number are renamed classes: a warning.
    """
    old, new = list(old), list(new)
    if not old or old == new:
        return
    pairs = [f"{a!r} is {b!r}" for a, b in zip(old, new, strict=False) if a != b]
    shown = f"{', '.join(pairs[:_SHOWN])}{' ...' * (len(pairs) > _SHOWN)}"
    if len(old) != len(new) or set(old) == set(new):
        other = f"{len(old)} classes, the data have {len(new)}"
        if len(old) == len(new):
            other = f"the same classes in another order ({shown})"
        raise ValueError(f"the checkpoint has {other}. {_FIX[purpose]}")
    print_log(
        f"classes of the checkpoint are taken for those of the data of the same "
        f"number: {shown}",
        logger="current",
        level=logging.WARNING,
    )
