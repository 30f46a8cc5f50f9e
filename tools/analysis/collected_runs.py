"""Finished runs, from their work folders or from one json file that outlives them."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from analysis.finished_run import FinishedRun, read_run
from stal_plugin.annotations.json_models import JsonModel, load_json, model_problems
from stal_plugin.files.atomic_file import atomic_file

_FIELDS = {f.name for f in fields(FinishedRun)}
_OPTIONAL = {"provenance", "fold"}  # older files lack it
_RECORD = TypeAdapter(FinishedRun)


class _RecordsFile(JsonModel):
    runs: list[Any]


def find_runs(
    sources: Sequence[Path], provenance: str | None = None
) -> tuple[list[FinishedRun], list[str]]:
    """Read all finished runs in and below some folders, and from files of records.

    A run in a folder stands for the record of the same config, clip size, seed, fold,
    epochs and kind of start.

    Args:
        sources: Work folders, folders that hold work folders, or json files that
            :func:`write_records` wrote.
        provenance: Where the runs in folders were made; kept in records.

    Returns:
        The runs by row and seed, and a message for each work folder that was left
        out, with the reason.

    Raises:
        FileNotFoundError: If a folder or file does not exist.
        ValueError: If a file holds no records.
    """
    runs: list[FinishedRun] = []
    records: list[FinishedRun] = []
    left_out = []
    for source in sources:
        if source.is_file():
            records += read_records(source)
            continue
        if not source.is_dir():
            raise FileNotFoundError(
                f"'{source}' does not exist. Give the folders that tools/train.py "
                "--work-dir wrote, or one above them, or a file of --save"
            )
        for work_dir in sorted({p.parent for p in source.rglob("last_checkpoint")}):
            try:
                runs.append(read_run(work_dir))
            except (FileNotFoundError, ValueError) as error:
                left_out.append(f"{work_dir}: {error}")
    if provenance:
        runs = [replace(run, provenance=provenance) for run in runs]
    in_folders = {_key(run) for run in runs}
    runs += [record for record in records if _key(record) not in in_folders]
    return sorted(runs, key=lambda run: (*run.row, run.seed or 0, run.fold)), left_out


def _key(run: FinishedRun) -> tuple:
    return *run.row, run.seed, run.fold


def read_records(path: Path) -> list[FinishedRun]:
    """Read what :func:`write_records` wrote.

    Args:
        path: A json file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no such file, or a record lacks a field or has a foreign one.
    """
    try:
        records = _RecordsFile.model_validate(load_json(path)).runs
    except ValueError as error:
        named = isinstance(error, ValidationError)
        reason = "no list 'runs'" if named else f"{error}".removeprefix(f"{path} is ")
        quoted = shlex.quote(str(path))
        raise ValueError(
            f"{path} holds no records of runs ({reason}). Make it with\n"
            f"  python tools/analysis/paper_tables.py WORK_DIRS --save {quoted}"
        ) from error
    return [_record(path, i, record) for i, record in enumerate(records, 1)]


def _record(path: Path, number: int, record: Any) -> FinishedRun:
    names = set(record) if isinstance(record, dict) else set()
    if wrong := (names ^ _FIELDS) - (_OPTIONAL - names):
        raise ValueError(
            f"{path}, run {number}: fields {sorted(wrong)} are missing or unknown; a "
            f"run has {sorted(_FIELDS)}"
        )
    try:
        return _RECORD.validate_python(record)
    except ValidationError as error:
        raise ValueError(f"{path}, run {number}: {model_problems(error)[0]}") from None


def write_records(path: Path, runs: Sequence[FinishedRun]) -> None:
    """Write runs, one per line, in one step.

    Args:
        path: The json file; it is replaced.
        runs: In the order in which they are to stand there.
    """
    lines = ",\n".join(json.dumps(asdict(run), sort_keys=True) for run in runs)
    with atomic_file(path) as part:
        part.write_text(f'{{"runs": [\n{lines}\n]}}\n', encoding="utf-8")
