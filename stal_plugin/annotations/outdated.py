"""An annotation whose videos are being replaced is out of use."""

from pathlib import Path

from stal_plugin.files.atomic_file import finish_pair

_SUFFIX = ".outdated"


def set_outdated(csv_path: Path) -> None:
    """Take an annotation out of use, before the first of its videos is replaced.

    Its csv and json become ``*.outdated``. Who reads it is told so; writing the new
    annotation deletes them.

    Args:
        csv_path: The csv; if there is none, nothing is done.
    """
    json_path = csv_path.with_suffix(".json")
    finish_pair(csv_path, json_path)
    for path in (csv_path, json_path):
        if path.is_file():
            path.replace(_outdated(path))


def is_outdated(csv_path: Path) -> bool:
    """Tell whether an annotation is out of use, since a command was stopped.

    Args:
        csv_path: The csv.
    """
    return _outdated(csv_path).is_file() and not csv_path.is_file()


def forget_outdated(csv_path: Path) -> None:
    """Delete the annotation of before; the new one is there.

    Args:
        csv_path: The csv.
    """
    for path in (csv_path, csv_path.with_suffix(".json")):
        _outdated(path).unlink(missing_ok=True)


def why_outdated(csv_path: Path) -> str:
    """Say what happened.

    Args:
        csv_path: The csv.
    """
    return (
        f"{csv_path} is out of use: the command that makes this data set anew was "
        "stopped after it had replaced videos (the annotation of before is "
        f"{_outdated(csv_path).name})"
    )


def notes_of_outdated(csv_path: Path) -> list[str]:
    """Say what happened to a command that makes the data set anew; else nothing.

    Args:
        csv_path: The csv.
    """
    return [why_outdated(csv_path)] if is_outdated(csv_path) else []


def _outdated(path: Path) -> Path:
    return path.with_name(path.name + _SUFFIX)
