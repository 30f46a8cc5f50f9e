"""The checkpoint that a stopped training goes on from."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

_NUMBERED = re.compile(r"(?:epoch|iter)_(\d+)\.pth")


def last_intact_checkpoint(work_dir: str | Path) -> tuple[str | None, list[str]]:
    """Find the newest checkpoint of a run that can be read.

    The one that ``last_checkpoint`` names comes first, also where the folder was
    renamed or moved; then those of the folder, from the last on.

    Args:
        work_dir: Folder of the run.

    Returns:
        The checkpoint, and what is wrong with the newer ones. None if the run has
        not saved any.

    Raises:
        ValueError: There are checkpoints, but none can be read.
    """
    problems: list[str] = []
    for file in _candidates(Path(work_dir)):
        problem = damage(file)
        if problem is None:
            return str(file), problems
        problems.append(f"{file.name} {problem}")
    if problems:
        raise ValueError(
            f"no checkpoint in {work_dir} can be read: {'; '.join(problems)}. "
            "Start anew in another folder (--work-dir), without --resume"
        )
    return None, []


def _candidates(folder: Path) -> Sequence[Path]:
    numbers = {
        file: int(match[1])
        for file in folder.glob("*.pth")
        if (match := _NUMBERED.fullmatch(file.name))
    }
    files = sorted(numbers, key=lambda file: numbers[file], reverse=True)
    note = folder / "last_checkpoint"
    name = note.read_text(errors="replace").strip() if note.is_file() else ""
    if not name:
        return files
    moved = folder / Path(name).name
    last = moved if moved.is_file() else Path(name)
    return [last, *(file for file in files if file != last)]


def damage(file: Path) -> str | None:
    """Tell what is wrong with a file of ``torch.save``; None if it is whole."""
    if not file.is_file():
        return "is missing"
    try:
        with zipfile.ZipFile(file) as archive:
            broken = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError):
        return f"is cut off or damaged ({file.stat().st_size:,} bytes)"
    return None if broken is None else f"is damaged in {broken}"
