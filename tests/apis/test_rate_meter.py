import pytest

from stal_plugin.apis.stopwatch import RateMeter


def test_rate_of_the_last_results() -> None:
    meter = RateMeter(window=3)
    assert meter.tick(10.0) == 0.0
    assert meter.tick(10.5) == pytest.approx(2.0)
    assert meter.tick(11.0) == pytest.approx(2.0)
    assert meter.tick(11.1) == pytest.approx(2 / 0.6)
    assert RateMeter().tick() == 0.0
