"""Settings as text entries of an ONNX file; read as data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from stal_plugin.annotations.problems import shortened
from stal_plugin.engine.checkpoints import plain_json

#: What the names of our entries begin with.
PREFIX = "stal_plugin."
_MESSAGE = 300  # characters of what is wrong
_Read = TypeVar("_Read")


def as_entries(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the entries of values; all are JSON."""
    return {PREFIX + key: plain_json.dumps(value) for key, value in values.items()}


def read_entries(
    texts: Mapping[str, str],
    name: str,
    formats: Sequence[str],
    read: Callable[[dict[str, str]], _Read],
) -> _Read:
    """Read the entries of a file; nothing in them is run.

    Args:
        texts: Entries of the file, those of others too.
        name: Its name, for errors.
        formats: Values of the entry 'format' that can be read; the first two are named
            in the error.
        read: Makes the settings of our entries, whose names come without ``PREFIX``.

    Raises:
        ValueError: It was not written by ``tools/export_onnx.py``, or an entry is
            damaged or names what is not registered.
    """
    if texts.get(PREFIX + "format") not in formats:
        raise ValueError(
            f"'{name}' carries no settings of the detector (entry '{PREFIX}format' "
            f"must be {' or '.join(formats[:2])}): export it with tools/export_onnx.py"
        )
    try:
        ours = {k: v for k, v in texts.items() if k.startswith(PREFIX)}
        return read({k.removeprefix(PREFIX): v for k, v in ours.items()})
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        text = shortened(str(error), _MESSAGE)
        raise ValueError(
            f"the settings in '{name}' are damaged ({type(error).__name__}: {text}): "
            "export it anew with tools/export_onnx.py"
        ) from None
