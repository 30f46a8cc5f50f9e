import pytest

from stal_plugin.visualization.reports.evaluated_run import EvaluatedRun


@pytest.fixture
def run(make_tested_run) -> EvaluatedRun:
    """4 of 8 boxes of "up" found, all of "down & out", one false "up"."""
    return EvaluatedRun.read(make_tested_run(right=4))
