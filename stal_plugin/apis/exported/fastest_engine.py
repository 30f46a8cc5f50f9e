"""The fastest way to run an exported file here, measured once and remembered."""

import hashlib
import json
import logging
import platform
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from stal_plugin.apis.exported.onnx_file import OnnxFile
from stal_plugin.apis.exported.runtime import Arrays, Runtime
from stal_plugin.engine.pretrained.fetch import cache_folder
from stal_plugin.files.atomic_file import atomic_file

_FILE = "engines.json"
_MOST_ENTRIES = 500
_LARGEST = 1 << 20  # bytes
_REPEATS = 5
#: A choice must be faster than the first by this factor.
_WORTHWHILE = 1.05
_LOGITS = "logits"
#: Largest difference of a probability to that of the first choice.
_TOLERANCE = {"fp32": 1e-3, "bf16": 5e-2}
_PROBABILITIES = ("objectness", "class_probs", "scores")
_FREE = 320  # pixels, in place of a free size
_logger = logging.getLogger(__name__)


class Choice(NamedTuple):
    """A way to run a file.

    Attributes:
        engine: Key of ``ENGINES``.
        precision: One of ``PRECISIONS``.
        copy: Kind of the int8 copy that is run in place of the file; ``''``: none.
    """

    engine: str
    precision: str
    copy: str = ""

    def __str__(self) -> str:
        copy = f" int8-{self.copy}" if self.copy else ""
        return f"{self.engine} {self.precision}{copy}"


def fastest_engine(
    file: OnnxFile,
    choices: Sequence[Choice],
    open_choice: Callable[[Choice], Runtime],
) -> Choice:
    """Find the fastest way to run a file on this machine.

    The answer is kept in ``engines.json`` in the cache folder, for this file,
    processor, number of threads and versions of the packages. A damaged one is ignored,
    with a warning.

    Args:
        file: The file.
        choices: What to try. The first is kept unless another is faster by 5 % and
            gives the same probabilities: to 0.001, in bfloat16 to 0.05. Of int8 copies
            that is not asked: what they cost was measured on footage.
        open_choice: Opens one; it may raise ValueError, which rules that one out.
    """
    path, key = cache_folder() / _FILE, _key(file, choices)
    remembered = _read(path)
    known = remembered.get(key)
    for choice in choices:
        if known == str(choice):
            return choice
    chosen = _measured(file, choices, open_choice)
    _write(path, {**remembered, key: str(chosen)})
    return chosen


def _measured(
    file: OnnxFile,
    choices: Sequence[Choice],
    open_choice: Callable[[Choice], Runtime],
) -> Choice:
    runs: dict[Choice, tuple[Runtime, Arrays]] = {}
    for choice in choices:
        try:
            runtime = open_choice(choice)
            runs[choice] = runtime, runtime(feeds := _noise(runtime))
        except ValueError as error:
            _logger.warning("'%s' does not run with %s: %s", file.path, choice, error)
    if not runs:
        return choices[0]  # which tells what is wrong
    first = next(iter(runs))
    times = dict.fromkeys(runs, float("inf"))
    for _ in range(_REPEATS):  # in turns: other work slows all alike
        for choice, (runtime, _) in runs.items():
            start = time.perf_counter()
            runtime(feeds)
            times[choice] = min(times[choice], time.perf_counter() - start)
    agreeing = [c for c in runs if _agrees(runs[first][1], runs[c][1], c)]
    best = min(agreeing, key=times.__getitem__, default=first)
    return best if times[best] * _WORTHWHILE < times[first] else first


def _noise(runtime: Runtime) -> Arrays:
    """One picture or clip of noise; nothing was seen before."""
    rng = np.random.default_rng(0)
    shapes = iter(runtime.inputs.items())
    name, shape = next(shapes)
    sizes = [size or _FREE for size in shape]
    picture = rng.integers(0, 256, (1, *sizes)).astype(np.float32)
    return {name: picture} | {n: np.zeros((1, *s), np.float32) for n, s in shapes}


def _agrees(expected: Arrays, found: Arrays, choice: Choice) -> bool:
    if choice.copy:
        return True
    one, two = _probabilities(expected), _probabilities(found)
    return all(
        np.abs(one[name] - two[name]).max(initial=0.0) <= _TOLERANCE[choice.precision]
        for name in one
    )


def _probabilities(output: Arrays) -> Arrays:
    values = {name: output[name] for name in _PROBABILITIES if name in output}
    if _LOGITS in output:
        values[_LOGITS] = (1 + np.tanh(output[_LOGITS] / 2)) / 2
    return values


def _key(file: OnnxFile, choices: Sequence[Choice]) -> str:
    parts = [
        hashlib.sha256(file.content).hexdigest(),
        _processor(),
        f"{torch.get_num_threads()} threads",
        *(
            f"{name} {_version(name)}"
            for name in dict.fromkeys(c.engine for c in choices)
        ),
        *map(str, choices),
    ]
    return ", ".join(parts)


def _processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    kinds = ("model name", "model", "stepping", "flags")
    facts = {line.partition(":")[0].strip(): line for line in lines}
    text = " ".join(facts.get(kind, "") for kind in kinds) + platform.processor()
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "?"


def _read(path: Path) -> dict[str, str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        content = json.loads(path.read_text())
        if not isinstance(content, dict):
            raise ValueError("it is no object")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _logger.warning("'%s' is ignored and written anew: %s", path, error)
        return {}
    return content


def _write(path: Path, content: dict[str, str]) -> None:
    newest = dict([*content.items()][-_MOST_ENTRIES:])
    try:
        with atomic_file(path) as part:
            part.write_text(json.dumps(newest, indent=1) + "\n")
    except OSError as error:
        _logger.warning("the choice of engine is not remembered: %s", error)
