"""Faults of files of boxes: what is wrong, where, and what the user can do."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

_SHOWN = 5
_LINE = 240  # characters of a problem
_MESSAGE = 1500  # and of an error
_FIX = "Correct them where they come from."

#: What the user can do about a faulty annotation of ours.
FIX_ANNOTATION = (
    "Correct the file (python tools/data.py validate DIR lists all faults), or write "
    "it again with tools/data.py import or the converter that made it "
    "(tools/dataset_converters/)."
)


@dataclass(frozen=True)
class Problem:
    """One fault of a data set.

    Args:
        kind: Name of the kind of fault, such as ``'zero area'``.
        file: The file.
        line: Line in it, 1-based; 0 where a line means nothing. In a folder of files a
            text such as ``'7 of a.txt'``.
        value: What is there.
        fix: What the user can do.
        repair: Name of the repair that mends it; '' if only a person can.
        warning: Whether training works all the same.
        rule: What is wrong with which value, and what is allowed, for the errors of
            readers: ``frame 21 of 'a' is not in 1..20``.
    """

    kind: str
    file: str
    line: int | str
    value: str
    fix: str
    repair: str = ""
    warning: bool = False
    rule: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        mendable = " [--fix does this]" if self.repair else ""
        return f"{place}: {self.value}. {self.fix}{mendable}"


class ProblemsError(ValueError):
    """All faults of a file in one error; see :func:`raise_problems`."""

    #: A line per fault.
    texts: Sequence[str] = ()
    #: What the user can do.
    fix: str = ""


def raise_problems(
    path: object, problems: Sequence[str | Problem], fix: str, unit: str = "line"
) -> None:
    """Report all faults of a file in one error.

    Args:
        path: The file.
        problems: One per fault; a text has the place in the file in front, such as
            ``line 7: frame '0' is not in 1..150``.
        fix: What the user can do.
        unit: What the ``line`` of a problem counts.

    Raises:
        ProblemsError: If there is a problem. Names the first few and the number of all.
    """
    if not problems:
        return
    texts = list(dict.fromkeys(_text(problem, unit) for problem in problems))
    shown = "".join(f"\n  {shortened(text, _LINE)}" for text in texts[:_SHOWN])
    rest = len(texts) - _SHOWN
    more = f"\n  ... and {rest} more" if rest > 0 else ""
    error = ProblemsError(f"{path}: {len(texts)} problem(s){shown}{more}\n{fix}")
    error.texts, error.fix = texts, fix
    raise error


class Faults:
    """Errors of the parts of a file, such as its videos, to be told as one.

    Args:
        path: The file.
    """

    def __init__(self, path: object) -> None:
        self._path, self._errors = path, list[ValueError]()

    @contextmanager
    def part(self) -> Iterator[None]:
        """Read a part; its ``ValueError`` is kept, so that the others are read, too."""
        try:
            yield
        except ValueError as error:
            self._errors.append(error)

    def raise_all(self) -> None:
        """Raise the only error, or one that has the faults of all.

        Raises:
            ValueError: If there was one.
        """
        if len(self._errors) == 1:
            raise self._errors[0]
        texts: list[str] = []
        fixes: dict[str, None] = {}
        for error in self._errors:
            if isinstance(error, ProblemsError):
                texts += error.texts
                fixes[error.fix] = None
            else:
                texts.append(str(error).removeprefix(f"{self._path}: "))
        raise_problems(self._path, texts, " ".join(fixes) or _FIX)


def shortened(text: str, length: int) -> str:
    """Leave out the middle of a long text: the end says what is allowed.

    Args:
        text: Any text.
        length: Most characters.

    Returns:
        The text, or its beginning and its end.
    """
    end = length // 3
    return text if len(text) <= length else f"{text[: length - end]} ... {text[-end:]}"


@contextmanager
def one_error(source: object) -> Iterator[None]:
    """Report whatever a file of any content makes a reader raise as one error.

    Args:
        source: The file or folder that is read.

    Raises:
        ValueError: Names the file; long values are shortened.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, csv.Error) as error:
        cause: Exception = error
    except (ArithmeticError, LookupError, RecursionError, MemoryError) as error:
        cause = error
    except FileNotFoundError as error:  # a video of some name
        raise FileNotFoundError(shortened(str(error), _MESSAGE)) from error
    else:
        return
    text = str(cause) if isinstance(cause, ValueError) else repr(cause)
    named = text if str(source) in text else f"{source}: {text}"
    raise ValueError(shortened(named, _MESSAGE + len(str(source)))) from cause


def _text(problem: str | Problem, unit: str) -> str:
    if isinstance(problem, str):
        return problem
    place = "" if problem.line == 0 and unit == "line" else f"{unit} {problem.line}: "
    return place + problem.rule
