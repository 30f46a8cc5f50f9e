import pytest

from stal_plugin.visualization.reports.report_part import ReportTable, percent


def test_a_row_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"row \['a'\] has 1 cells, the head has 2"):
        ReportTable("t", ["x", "y"], [["a"]])


def test_columns_of_numbers_are_known():
    rows = [["a", "1", "-2.5 to +3", "", "2 of 3"], ["b", "–", "1.0", "4", "1"]]  # noqa: RUF001
    assert ReportTable("t", list("vwxyz"), rows).numeric == [
        *(False, True, True, True),
        False,
    ]


def test_percent():
    assert (percent(0.125), percent(1.0, 0), percent(0)) == ("12.5", "100", "0.0")
    assert percent(None) == percent(float("nan")) == "–"  # noqa: RUF001
