import pytest

from stal_plugin.visualization.reports.report_part import (
    MissingDataError,
    ReportPart,
    part_or_reason,
)


@pytest.mark.parametrize("error", [FileNotFoundError, MissingDataError])
def test_a_part_that_cannot_be_made_says_why(error):
    def make() -> ReportPart:
        raise error("no log is there")

    part = part_or_reason("Training", make)
    assert part == ReportPart("Training", missing="no log is there")


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(KeyError):
        part_or_reason("x", lambda: {}["key"])


def test_a_part_that_can_be_made_is_returned():
    part = ReportPart("x", ["text"])
    assert part_or_reason("y", lambda: part) is part
