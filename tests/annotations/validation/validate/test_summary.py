from stal_plugin.annotations.problems import Problem
from stal_plugin.annotations.validation.validate import summary


def _problem(kind: str, line: int, warning: bool = False) -> Problem:
    return Problem(kind, "f", line, "v", "x", warning=warning)


def test_ten_thousand_problems_stay_short() -> None:
    problems = [_problem("many", i) for i in range(1, 10_001)]
    problems += [_problem("soft", 1, warning=True)] * 20_000 + [_problem("few", 3)]
    assert summary(problems, 2) == [
        "error: many (10000)",
        "  f:1: v. x",
        "  f:2: v. x",
        "  ... and 9998 more",
        "error: few (1)",
        "  f:3: v. x",
        "warning: soft (20000)",
        "  f:1: v. x",
        "  f:1: v. x",
        "  ... and 19998 more",
    ]


def test_none() -> None:
    assert summary([]) == []
