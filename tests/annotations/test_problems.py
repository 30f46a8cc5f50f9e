import pytest

from stal_plugin.annotations.annotation import raise_problems


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
