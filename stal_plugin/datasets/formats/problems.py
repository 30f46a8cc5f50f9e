"""One clear error for many faults of a file."""

from collections.abc import Sequence

_SHOWN = 5

#: What the user can do about a faulty annotation of ours.
FIX_ANNOTATION = (
    "Correct the file (python tools/data.py validate DIR lists all faults), or write "
    "it again with tools/data.py import or the converter that made it "
    "(tools/dataset_converters/)."
)


def raise_problems(path: object, problems: Sequence[str], fix: str) -> None:
    """Report all faults of a file in one error.

    Args:
        path: The file.
        problems: One text per fault, with the place in the file in front, such as
            ``line 7: frame '0' is not in 1..150``.
        fix: What the user can do.

    Raises:
        ValueError: If there is a problem. Names the first few and the number of all.
    """
    if not problems:
        return
    shown = "".join(f"\n  {p}" for p in problems[:_SHOWN])
    rest = len(problems) - _SHOWN
    more = f"\n  ... and {rest} more" if rest > 0 else ""
    raise ValueError(f"{path}: {len(problems)} problem(s){shown}{more}\n{fix}")
