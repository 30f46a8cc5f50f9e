import csv
import pickle

import pytest

from stal_plugin.annotations.problems import (
    Faults,
    Problem,
    one_error,
    raise_problems,
)


def test_nothing_happens_without_problems() -> None:
    raise_problems("f.csv", [], "fix")


def test_first_problems_and_their_number() -> None:
    with pytest.raises(ValueError, match="problem") as caught:
        raise_problems("f.csv", [f"line {i}: bad" for i in range(1, 8)], "Fix it.")
    assert str(caught.value).splitlines() == [
        "f.csv: 7 problem(s)",
        *(f"  line {i}: bad" for i in range(1, 6)),
        "  ... and 2 more",
        "Fix it.",
    ]


def test_text_names_place_value_and_fix() -> None:
    problem = Problem("zero area", "a.csv", 7, "k,1,0,0,0,1,1,0", "Draw it again")
    assert str(problem) == "a.csv:7: k,1,0,0,0,1,1,0. Draw it again"
    mendable = Problem("base", "a.json", 0, "x", "Count from 1", repair="label base")
    assert str(mendable) == "a.json: x. Count from 1 [--fix does this]"


def test_problems_in_one_error() -> None:
    faults = [
        Problem("kind", "f.csv", line, "row", "fix", rule=rule)
        for line, rule in ((0, "not utf-8"), (7, "frame 0 is not in 1..9"))
    ]
    with pytest.raises(ValueError, match=r"f\.csv: 2 problem") as caught:
        raise_problems("f.csv", [*faults, faults[1]], "Fix it.")
    assert str(caught.value).splitlines()[1:] == [
        "  not utf-8",
        "  line 7: frame 0 is not in 1..9",
        "Fix it.",
    ]
    with pytest.raises(ValueError, match="row 0: not utf-8"):
        raise_problems("f.csv", faults, "", unit="row")


def test_an_error_is_never_long() -> None:
    with pytest.raises(ValueError, match="9 problem") as caught:
        raise_problems(
            "f.csv", [f"{i} is {'x' * 10**6}, must be y" for i in range(9)], ""
        )
    assert len(str(caught.value)) < 1500
    assert "0 is xxx" in str(caught.value)
    assert "xxx, must be y" in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a" * 5000),
        OverflowError("a"),
        RecursionError("a"),
        KeyError("a"),
        AttributeError("'str' object has no attribute 'items'"),
        csv.Error("a"),
        ZeroDivisionError("a"),
        MemoryError(),
    ],
)
def test_one_error(error: Exception) -> None:
    with pytest.raises(ValueError, match=r"^f\.csv: ") as caught, one_error("f.csv"):
        raise error
    assert len(str(caught.value)) < 1600
    assert caught.value.__cause__ is error


def test_missing_files_stay_what_they_are() -> None:
    with pytest.raises(FileNotFoundError), one_error("f.csv"):
        raise FileNotFoundError("none")


def test_faults_of_parts_are_told_as_one() -> None:
    faults = Faults("f.csv")
    with faults.part():
        raise ValueError("f.csv: a is bad")
    with pytest.raises(ValueError, match=r"^f\.csv: a is bad$"):
        faults.raise_all()
    for name in "bc":
        with faults.part():
            raise_problems("f.csv", [f"{name}{i}" for i in range(4)], "Use --size.")
    with faults.part():
        pass
    with pytest.raises(ValueError, match="problem") as caught:
        faults.raise_all()
    assert str(caught.value).splitlines() == [
        "f.csv: 9 problem(s)",
        *("  a is bad", "  b0", "  b1", "  b2", "  b3"),
        "  ... and 4 more",
        "Use --size.",
    ]
    with pytest.raises(KeyError), faults.part():
        raise KeyError


def test_no_faults() -> None:
    Faults("f.csv").raise_all()


def test_an_error_crosses_processes() -> None:
    with pytest.raises(ValueError, match="problem") as caught:
        raise_problems("f.csv", ["a", "b"], "Fix it.")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert (copy.texts, copy.fix) == (["a", "b"], "Fix it.")
