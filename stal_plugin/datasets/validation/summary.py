"""Problems as a text that stays short."""

from collections.abc import Sequence

from stal_plugin.datasets.validation.problem import Problem


def summary(problems: Sequence[Problem], shown: int = 3) -> list[str]:
    """Group problems by kind; show the first ones of each.

    Args:
        problems: Any number.
        shown: Problems to show of each kind.

    Returns:
        Lines: errors first, the most frequent kinds first.
    """
    kinds: dict[tuple[bool, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.warning, problem.kind), []).append(problem)
    ordered = sorted(kinds.items(), key=lambda item: (item[0][0], -len(item[1])))
    lines = []
    for (warning, kind), own in ordered:
        word = "warning" if warning else "error"
        lines.append(f"{word}: {kind} ({len(own)})")
        lines += [f"  {problem}" for problem in own[:shown]]
        if len(own) > shown:
            lines.append(f"  ... and {len(own) - shown} more")
    return lines
