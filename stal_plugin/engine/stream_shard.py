"""Which of many streams a process takes, where several processes share them."""

import logging
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

_Value = TypeVar("_Value")
_logger = logging.getLogger(__name__)
#: To find the other processes' store.
_TIMEOUT = timedelta(seconds=60)


@dataclass(frozen=True)
class StreamShard:
    """The part of one of several processes.

    Args:
        rank: Number of the process, from 0.
        world_size: Number of processes.
    """

    rank: int = 0
    world_size: int = 1

    @classmethod
    def read(
        cls, text: str | None, environment: Mapping[str, str] = os.environ
    ) -> "StreamShard":
        """Read ``I/N``, or what torchrun tells a process that it starts.

        Args:
            text: Such as ``0/4``; None: ``RANK`` and ``WORLD_SIZE``, if they are set.
            environment: Where these are.

        Raises:
            ValueError: It is no part of a whole.
        """
        if text is None:
            names = ("RANK", "WORLD_SIZE")
            if not all(environment.get(name) for name in names):
                return cls()
            text = "/".join(environment[name] for name in names)
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        rank, count = map(int, match.groups()) if match else (0, 0)
        if rank >= count:
            raise ValueError(
                f"'{text}' is no part: it must be I/N with I from 0 to N - 1, such as "
                "0/4 (--shard, or RANK and WORLD_SIZE of torchrun)"
            )
        return cls(rank, count)

    def device(self) -> str | None:
        """GPU of this process: they take turns; None without one."""
        import torch

        count = torch.cuda.device_count()
        return f"cuda:{self.rank % count}" if count else None

    def part_of(self, sources: Mapping[str, _Value]) -> dict[str, _Value]:
        """Return every N-th of the sources, beginning with that of this process."""
        names = list(sources)[self.rank :: self.world_size]
        return {name: sources[name] for name in names}


def wait_for_others(shard: StreamShard, failed: bool, seconds: float = 0.5) -> None:
    """Tell torchrun's other processes that this one is done; wait if it has failed.

    torchrun stops all processes when one ends with an error: streams that are well
    would end with those of another process. Nothing is done without torchrun.

    Args:
        shard: This process's.
        failed: Whether it is about to end with an error.
        seconds: Between two looks.
    """
    if shard.world_size == 1 or "MASTER_ADDR" not in os.environ:
        return
    try:
        store = _store(shard)
        store.set(_key(shard.rank), "done")
    except RuntimeError as error:
        _logger.warning("torchrun's other processes are not told: %s", error)
        return
    keys = [_key(rank) for rank in range(shard.world_size)]
    while failed and not _all_there(store, keys):
        time.sleep(seconds)


def _key(rank: int) -> str:
    return f"stal_streams_done_{rank}"


def _store(shard: StreamShard) -> Any:
    """The store of key and value by which torchrun's processes find each other."""
    from torch.distributed import rendezvous

    store, _, _ = next(
        rendezvous("env://", shard.rank, shard.world_size, timeout=_TIMEOUT)
    )
    return store


def _all_there(store: Any, keys: list[str]) -> bool:
    try:
        there: bool = store.check(keys)
    except RuntimeError:  # whoever kept the store has gone
        return True
    return there
