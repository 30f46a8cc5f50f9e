"""Names of classes from a text file, into a checkpoint that is converted."""

from dataclasses import replace
from pathlib import Path

from stal_plugin.engine.checkpoints.conversion import Conversion

_LONGEST = 10_000  # characters of such a file per class
_CLASS_LAYER = "cls_head.fc_cls.weight"


def read_class_names(path: str | Path, count: int) -> tuple[str, ...]:
    """Read one name a line.

    Args:
        path: Text file, UTF-8, with or without a byte order mark.
        count: Number of classes.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such text, or has another number of names, an empty or a
            repeated one.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"file of class names '{path}' does not exist")
    if path.stat().st_size > count * _LONGEST:
        raise ValueError(f"'{path}' is too large for the names of {count} classes")
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' is no text in UTF-8: {error}") from error
    names = [line.strip() for line in lines]
    if len(names) != count:
        raise ValueError(f"'{path}' has {len(names)} names for {count} classes")
    first: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if not name:
            raise ValueError(f"'{path}' line {number} is empty, but must name a class")
        if name in first:
            both = f"{first[name]} and {number}"
            raise ValueError(f"'{path}' lines {both} are both {name!r}")
        first[name] = number
    return tuple(names)


def with_class_names(conversion: Conversion, path: str | Path) -> Conversion:
    """Put names of classes into what a checkpoint says about itself.

    Args:
        conversion: Its companions have a classifier.
        path: See :func:`read_class_names`.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: There is no classifier, or the names do not fit.
    """
    layer = conversion.companions.get(_CLASS_LAYER)
    if layer is None:
        raise ValueError("--labels: these weights come without a classifier")
    names = read_class_names(path, len(layer))
    meta = {**conversion.meta, "dataset_meta": {"classes": [*names]}}
    return replace(conversion, meta=meta)
