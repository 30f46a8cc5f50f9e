"""Commands that write files, and what must be true of these after any fault."""

import filecmp
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import onnx
import scipy.io

from stal_plugin.annotations import read_annotation, read_predictions
from stal_plugin.engine.checkpoints.last_checkpoint import damage
from stal_plugin.video import probe_video

from .child import Ended, count_operations, run_tool

#: Nobody's result: logs, and files that say by their name that they are not complete.
_LOGS = {"vis_data", ".log", ".lock", ".part"}


@dataclass
class Job:
    """A command that writes files.

    Args:
        name: What it is called.
        command: Tool and arguments; ``OUT`` stands for the folder that it writes to.
        earlier: Folder with the outputs of an earlier, good run.
        work: Folder for this job.
        pair: Files that are both of the earlier run, or both of the new one.
        result: What of the outputs must be the same after each run that is not
            disturbed. Default: their bytes.
        disk: Folder for the outputs. Default: ``out`` in ``work``.
    """

    name: str
    command: tuple[object, ...]
    earlier: Path
    work: Path
    pair: tuple[str, ...] = ()
    result: Callable[[Path], object] | None = None
    disk: Path | None = None
    seconds: float = field(default=0.0, init=False)
    operations: int = field(default=0, init=False)
    largest: int = field(default=0, init=False)

    @property
    def out(self) -> Path:
        """Folder that the command writes to."""
        return self.disk or self.work / "out"

    @property
    def expected(self) -> Path:
        """Outputs of a run that was not disturbed."""
        return self.work / "expected"

    def move_outputs_to(self, folder: Path) -> None:
        """Write to another folder from now on."""
        shutil.rmtree(self.out)
        self.disk = folder

    def prepare(self) -> None:
        """Put the outputs of the earlier run in place."""
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.earlier, self.out)

    def run(self, **options: object) -> Ended:
        """Run the command."""
        words = [str(word).replace("OUT", str(self.out)) for word in self.command]
        return run_tool(*words, folder=self.work, **options)

    def measure(self) -> "Job":
        """Run undisturbed once: outputs, changes of files, largest size, time."""
        self.work.mkdir(parents=True)
        self.prepare()
        note = self.work / "operations"
        ended = self.run(before=count_operations(self.out, note))
        assert ended.status == 0, ended.text
        self.seconds, self.operations = ended.seconds, note.stat().st_size
        shutil.copytree(self.out, self.expected)
        self.largest = max(p.stat().st_size for p in outputs(self.expected))
        return self

    def problem(self) -> str | None:
        """What is wrong with the files after a fault, as a reader sees them."""
        if self.pair:
            read_annotation(self.out / self.pair[0])
        for path in outputs(self.earlier):
            if not (self.out / path.relative_to(self.earlier)).is_file():
                return f"{path.name} is gone"
        for path in outputs(self.out):
            name = path.relative_to(self.out)
            if not (
                same(path, self.earlier / name) or same(path, self.expected / name)
            ):
                problem = incompleteness(path)
                if problem:
                    return f"{name} {problem}"
        old, new = (
            all(same(self.out / name, run / name) for name in self.pair)
            for run in (self.earlier, self.expected)
        )
        return None if old or new else f"{self.pair} are of two runs"

    def difference(self) -> str | None:
        """What an undisturbed run after a fault did not make as it should."""
        if self.result:
            same_result = self.result(self.out) == self.result(self.expected)
            return None if same_result else "another result after the next run"
        for path in outputs(self.expected):
            name = path.relative_to(self.expected)
            if not same(path, self.out / name):
                return f"{name} is another after the next run"
        return None


def outputs(folder: Path) -> list[Path]:
    """Files of a run that are results."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and _LOGS.isdisjoint({*path.parts, path.suffix, path.name})
    )


def same(one: Path, other: Path) -> bool:
    """Tell whether two files are there and hold the same."""
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def incompleteness(path: Path) -> str | None:
    """Tell why a file under its final name is not complete; None if it is."""
    if path.suffix == ".pth":
        return damage(path)
    if path.name == "last_checkpoint":
        named = path.parent / Path(path.read_text().strip()).name
        return None if named.is_file() else "names a file that is not there"
    try:
        _READERS.get(path.suffix, Path.read_bytes)(path)
    except Exception as error:
        return f"cannot be read: {type(error).__name__}: {error}"
    return None


def _read_lines(path: Path) -> None:
    text = path.read_text()
    assert text.endswith("\n"), "the last line is not whole"
    for line in text.splitlines():
        json.loads(line)


def _read_csv(path: Path) -> None:
    if path.with_suffix(".json").is_file():
        read_annotation(path)
    else:
        read_predictions(path)


def _read_picture(path: Path) -> None:
    assert cv2.imread(str(path)) is not None, "no picture"


def _read_page(path: Path) -> None:
    assert path.read_text().rstrip().endswith("</html>"), "the page has no end"


def _read_arrays(path: Path) -> None:
    with np.load(path) as arrays:
        assert [arrays[key] for key in arrays], "no array"


_READERS: dict[str, Callable] = {
    ".json": lambda path: json.loads(path.read_text()),
    ".jsonl": _read_lines,
    ".csv": _read_csv,
    ".mp4": probe_video,
    ".onnx": lambda path: onnx.checker.check_model(onnx.load(path)),
    ".png": _read_picture,
    ".html": _read_page,
    ".py": lambda path: compile(path.read_text(), path, "exec"),
    ".npz": _read_arrays,
    ".xml": ElementTree.parse,
    ".mat": scipy.io.loadmat,
}
