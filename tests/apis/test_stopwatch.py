from collections.abc import Iterator

import pytest

from stal_plugin.apis.stopwatch import Stopwatch


def _clock(*times: float) -> Iterator[float]:
    yield from times


def test_a_second_counts_for_the_innermost_stage() -> None:
    watch = Stopwatch(clock=_clock(0, 2, 5, 6, 7, 10).__next__)
    with watch.stage("forward"):  # 0 to 10
        with watch.stage("post-process"):  # 2 to 5
            pass
        with watch.stage("post-process"):  # 6 to 7
            pass
    assert watch.lap() == {"forward": 6, "post-process": 4}
    assert watch.lap() == {}


def test_functions_and_errors() -> None:
    waits: list[int] = []
    watch = Stopwatch(lambda: waits.append(1), _clock(0, 3, 10, 14).__next__)
    timed = watch.wrap("divide", lambda a, b: a / b)
    assert timed(6, b=3) == 2
    with pytest.raises(ZeroDivisionError):
        timed(1, 0)
    assert watch.lap() == {"divide": 7}
    assert len(waits) == 4  # at both ends, so that a GPU's work belongs to the stage
