"""Measure the detector: stages, latency, memory."""

from stal_plugin.benchmark.benchmark_result import STAGES, BenchmarkResult
from stal_plugin.benchmark.measure import measure

__all__ = ["STAGES", "BenchmarkResult", "measure"]
