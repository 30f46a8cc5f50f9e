"""Where the predictions of a run are: its work folder remembers the last test."""

import json
from pathlib import Path

from stal_plugin.annotations.json_models import load_json
from stal_plugin.files.atomic_file import atomic_file

_NOTE = "last_test.json"


def remember_test(work_dir: str | Path, csv_path: str | Path) -> None:
    """Note in a work folder where a test has written its predictions.

    Args:
        work_dir: Folder of the run. It may be moved: what lies in it is noted relative
            to it.
        csv_path: The predictions; their scores are in ``metrics.json`` beside them.
    """
    folder, path = Path(work_dir).resolve(), Path(csv_path).resolve()
    noted = path.relative_to(folder) if path.is_relative_to(folder) else path
    with atomic_file(folder / _NOTE) as part:
        part.write_text(json.dumps({"predictions": str(noted)}) + "\n", "utf-8")


def predictions_of(work_dir: str | Path) -> Path:
    """Find the predictions of a run.

    Args:
        work_dir: Its folder.

    Returns:
        What the last test wrote, if it is there; else ``predictions.csv`` of the
        folder, which need not be there.
    """
    folder = Path(work_dir)
    usual = folder / "predictions.csv"
    note = folder / _NOTE
    if not note.is_file():
        return usual
    try:
        noted = folder / load_json(note)["predictions"]
    except (ValueError, TypeError, KeyError):  # not ours, or damaged
        return usual
    return noted if noted.is_file() else usual


def scores_of(work_dir: str | Path) -> Path:
    """Return ``metrics.json`` beside the predictions of a run."""
    return predictions_of(work_dir).with_name("metrics.json")
