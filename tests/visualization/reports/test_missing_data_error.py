from stal_plugin.visualization.reports.report_part import MissingDataError


def test_it_is_told_from_faults_of_the_program():
    assert not issubclass(MissingDataError, (ValueError, LookupError, OSError))
    assert str(MissingDataError("no boxes")) == "no boxes"
