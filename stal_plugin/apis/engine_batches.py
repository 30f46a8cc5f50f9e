"""Batches of streams: put together for the network, taken apart for the engines."""

from collections.abc import Sequence

import torch
from torch import Tensor


def stacked(parts: Sequence[Tensor]) -> Tensor:
    """Put streams ``(1, ...)`` into one batch ``(B, ...)``."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def joined(rows: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Make batches ``(B, ...)`` of what each of B streams has."""
    return tuple(stacked(parts) for parts in zip(*rows, strict=True))


def rows(batches: Sequence[Tensor]) -> list[tuple[Tensor, ...]]:
    """Take batches ``(B, ...)`` apart, into what each stream has.

    Copied: a part of a batch would keep the memory of all streams, also when the others
    have moved on.
    """
    count = len(batches[0])
    if count == 1:
        return [tuple(batches)]
    return [tuple(b[row : row + 1].clone() for b in batches) for row in range(count)]
