import pytest

from stal_plugin.apis.benchmark import BenchmarkResult, result_table

FAST = BenchmarkResult(
    "fast",
    [0.010, 0.020, 0.030, 0.040],
    [{"decode": 0.005, "forward": 0.004}] * 2 + [{"forward": 0.020, "draw": 0.01}] * 2,
)


def test_means_and_percentiles() -> None:
    assert FAST.mean_ms == pytest.approx(25)
    assert FAST.percentiles_ms() == pytest.approx([25, 37, 39.7])


def test_shares_are_of_the_whole_time() -> None:
    shares = FAST.shares()
    assert shares["decode"] == pytest.approx(0.1)
    assert shares["forward"] == pytest.approx(0.48)
    assert shares["draw"] == pytest.approx(0.2)
    assert shares["other"] == pytest.approx(0.22)
    assert shares["track"] == 0
    values = FAST.to_dict()
    assert values["frames_per_second"] == pytest.approx(40)
    assert values["latency_ms"]["p99"] == pytest.approx(39.7)


def test_table() -> None:
    slow = BenchmarkResult("slow", [0.05] * 2, [{}] * 2)
    head, rule, first, second = result_table([FAST, slow]).splitlines()
    assert head.count("|") == rule.count("|") == first.count("|")
    assert first.startswith("| fast | 25.0 | 1.00 | 40.0 | 25.0 | 37.0 | 39.7 | 10.0 |")
    assert second.startswith("| slow | 50.0 | 2.00 | 20.0 | 50.0 |")
    assert second.endswith("| 100.0 |")
