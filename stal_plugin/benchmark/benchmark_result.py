"""What was measured of one detector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: What happens to a frame, in order.
STAGES = ("decode", "preprocess", "forward", "post-process", "track", "draw")


@dataclass(frozen=True)
class BenchmarkResult:
    """What was measured of one detector.

    Args:
        name: Of the detector and its settings.
        totals: Seconds of each frame, from reading it to the drawn result.
        stages: Seconds of each stage, of each frame. What is in none of them is
            'other'.
    """

    name: str
    totals: Sequence[float]
    stages: Sequence[Mapping[str, float]]

    @property
    def mean_ms(self) -> float:
        """Milliseconds per frame."""
        return float(np.mean(self.totals)) * 1000

    def percentiles_ms(self, ranks: Sequence[int] = (50, 90, 99)) -> list[float]:
        """Milliseconds that so many percent of the frames do not exceed."""
        return [float(v) for v in np.percentile(self.totals, ranks) * 1000]

    def shares(self) -> dict[str, float]:
        """Share of each stage in the whole time; they add up to 1."""
        whole = float(np.sum(self.totals))
        sums = {
            name: sum(frame.get(name, 0.0) for frame in self.stages) for name in STAGES
        }
        sums["other"] = whole - sum(sums.values())
        return {name: seconds / whole for name, seconds in sums.items()}

    def to_json(self) -> dict[str, Any]:
        """Return it in plain values."""
        p50, p90, p99 = self.percentiles_ms()
        return {
            "name": self.name,
            "frames": len(self.totals),
            "ms_per_frame": self.mean_ms,
            "frames_per_second": 1000 / self.mean_ms,
            "latency_ms": {"p50": p50, "p90": p90, "p99": p99},
            "shares": self.shares(),
        }


def result_table(results: Sequence[BenchmarkResult]) -> str:
    """Return a markdown table, each with its time relative to the first.

    Args:
        results: At least one.
    """
    columns = ("ms per frame", "of the first", "frames/s", "p50", "p90", "p99")
    head = ["", *columns, *(f"{stage} %" for stage in (*STAGES, "other"))]
    rows = [head, ["---"] * len(head)]
    for result in results:
        ratio = result.mean_ms / results[0].mean_ms
        times = [f"{value:.1f}" for value in result.percentiles_ms()]
        shares = [f"{100 * share:.1f}" for share in result.shares().values()]
        speed = [
            f"{result.mean_ms:.1f}",
            f"{ratio:.2f}",
            f"{1000 / result.mean_ms:.1f}",
        ]
        rows.append([result.name, *speed, *times, *shares])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
