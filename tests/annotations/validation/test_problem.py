from stal_plugin.annotations.validation.csv_rows import Problem


def test_text_names_place_value_and_fix() -> None:
    problem = Problem("zero area", "a.csv", 7, "k,1,0,0,0,1,1,0", "Draw it again")
    assert str(problem) == "a.csv:7: k,1,0,0,0,1,1,0. Draw it again"
    mendable = Problem("base", "a.json", 0, "x", "Count from 1", repair="label base")
    assert str(mendable) == "a.json: x. Count from 1 [--fix does this]"
