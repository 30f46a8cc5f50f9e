"""JSON files as pydantic models: a fault is one clear line with file and place."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from stal_plugin.annotations.problems import raise_problems, shortened

_LARGEST = 2**53
_SHOWN = 80  # characters of a faulty value
_LINE = 300  # and of a fault
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonModel(BaseModel):
    """An object of known keys; others are left out. Types are taken at their word."""

    model_config = ConfigDict(strict=True, frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _as_whole(value: Any) -> Any:
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


#: A text, or a number or truth value as text.
Text = Annotated[str, BeforeValidator(_as_text)]
NonEmptyText = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-_LARGEST, le=_LARGEST)]
#: A whole number, with or without ``.0``.
Integer = Annotated[int, BeforeValidator(_as_whole), Field(ge=-_LARGEST, le=_LARGEST)]
#: At least 1, without a point.
Count = Annotated[int, Field(ge=1, le=_LARGEST)]


def load_json(path: str | PathLike) -> Any:
    """Read a JSON file.

    Args:
        path: The file.

    Returns:
        Its content.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON in UTF-8, nested too deeply, or an object has a key
            twice: one of the two would be lost.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        return parse_json(Path(path).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        text = shortened(str(error), _LINE)
        raise ValueError(f"{path} is no valid json: {text}") from None


def parse_json(text: str) -> Any:
    """Read a text in JSON.

    Args:
        text: The text.

    Returns:
        Its content.

    Raises:
        ValueError: It is no JSON, or an object has a key twice.
        RecursionError: It is nested too deeply.
    """
    data = json.loads(text, object_pairs_hook=_without_repeats)
    if _SURROGATE.search(text):
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            half = "half of a character (\\ud800 to \\udfff)"
            raise ValueError(f"a text has {half}") from None
    return data


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        repeated = sorted(key for key, count in counts.items() if count > 1)
        shown = [shortened(key, _SHOWN) for key in repeated[:3]]
        more = f" and {len(repeated) - 3} more" if len(repeated) > 3 else ""
        raise ValueError(f"keys {shown}{more} are there twice")
    return data


def read_model(path: str | PathLike, model: type[Model]) -> Model:
    """Read a JSON file of a known form.

    Args:
        path: The file.
        model: Its form.

    Returns:
        Its content.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no JSON, or of another form; names the place, the value and
            what is allowed.
    """
    try:
        return model.model_validate(load_json(path))
    except ValidationError as error:
        problems = model_problems(error)
    if len(problems) == 1:
        raise ValueError(f"{path}: {shortened(problems[0], _LINE)}")
    raise_problems(path, problems, "Export the file again, or correct it.")
    raise AssertionError  # there is a problem


def model_problems(error: ValidationError) -> list[str]:
    """Say what is wrong with a file.

    Args:
        error: What pydantic found.

    Returns:
        One line per fault: ``annotations[3].bbox is [1, 2], must be a list of 4
        numbers``.
    """
    problems = []
    for fault in error.errors(include_url=False):
        *outer, last = fault["loc"] or ("",)
        if fault["type"] == "missing":
            inside = f"{json_place(outer)}: " if outer else ""
            problems.append(f"{inside}key {last!r} is missing")
        elif fault["type"] == "value_error":  # raised by a validator of ours
            place = json_place(fault["loc"])
            text = str(fault["ctx"]["error"])
            problems.append(f"{place}: {text}" if place else text)
        else:
            problems.append(wrong_value(fault["loc"], fault["input"], _must(fault)))
    return problems


def wrong_value(place: Iterable[object], value: Any, allowed: str) -> str:
    """Say what is wrong with a value of a file.

    Args:
        place: Keys and indices that lead to it.
        value: The value.
        allowed: What it must be.

    Returns:
        One line, long values shortened.
    """
    shown = " ".join(repr(value).split())
    shown = shown if len(shown) < _SHOWN else f"{shown[:_SHOWN]}..."
    return f"{json_place(place)} is {shown}, must be {allowed}".lstrip()


def json_place(place: Iterable[object]) -> str:
    """Write keys and indices as ``annotations[3].bbox``."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    return "".join(parts).removeprefix(".")


_MUST = {
    **{"list_type": "a list", "dict_type": "an object", "model_type": "an object"},
    **{"string_type": "a text", "string_too_short": "a non-empty text"},
    **{
        "int_type": "an integer",
        "float_type": "a number",
        "bool_type": "true or false",
    },
    **{"finite_number": "a number", "literal_error": "one of the known values"},
}


def _must(fault: Any) -> str:
    kind, limits = fault["type"], fault.get("ctx", {})
    if kind in ("too_short", "too_long"):
        return f"a list of {limits.get('min_length') or limits['max_length']} numbers"
    if kind in ("greater_than_equal", "greater_than"):
        limit = limits.get("ge", limits.get("gt"))
        number = "an integer" if isinstance(limit, int) else "a number"
        word = "of at least" if kind == "greater_than_equal" else "above"
        return f"{number} {word} {limit:g}"
    if kind == "less_than_equal":
        return f"a number of at most {limits['le']:g}"
    return _MUST.get(kind, fault["msg"].removeprefix("Input should be "))
