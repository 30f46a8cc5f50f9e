"""MATLAB files, read by scipy in a process of its own.

``scipy.io.loadmat`` trusts a file: damaged ones make it write outside of its memory
(the process dies without a word), compute without end or fill the memory. The process
that it crashes here is a child with limits of time and memory, started once for all
files of an import.
"""

import functools
import json
import math
import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np

from stal_plugin.annotations.importers import mat_child
from stal_plugin.annotations.importers.mat_child import Arrays

_LATE = 5  # the clock of a busy machine runs this much longer than the processor's


class MatReader:
    """A process that reads MATLAB files; it starts with the first file.

    Args:
        seconds: Longest time of computing per file.
        memory: Most bytes of memory.
    """

    def __init__(self, seconds: float = 60.0, memory: int = 2 << 30) -> None:
        self._seconds, self._memory = seconds, memory
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, path: Path, kind: str, name: str) -> Arrays:
        """Read a file.

        Args:
            path: The file.
            kind: One of ``mat_child.READERS``.
            name: Name of the variable.

        Returns:
            What that reader returns.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is damaged or of another form, or it crashes scipy or
                needs too much time or memory.
        """
        if not path.is_file():
            raise FileNotFoundError(f"MATLAB file {path} is missing")
        request = {"kind": kind, "path": str(path.resolve()), "name": name}
        header, content = self._answer({**request, "seconds": self._seconds})
        reason = header.get("error", "")
        if not reason:
            return content
        if reason == mat_child.NO_ARRAY:
            word = "array" if kind == "array" else "struct array"
            reason = f"has no {word} {name!r}; is it another file?"
        elif reason == mat_child.NO_NUMBERS:
            raise ValueError(f"{path}: {name} is not an array of numbers")
        elif reason == mat_child.OLD_HDF5:
            reason += ", which cannot be read; save it in MATLAB with save(..., '-v7')"
        elif reason == mat_child.TOO_LARGE:
            reason += f", more than {self._memory >> 20} MiB; is it damaged?"
        raise ValueError(f"{path} {reason}")

    def _answer(self, request: dict) -> tuple[dict, Arrays]:
        process = self._running()
        timer = threading.Timer(_LATE * self._seconds, process.kill)
        timer.start()
        try:
            return _ask(process, json.dumps(request).encode())
        except (BrokenPipeError, EOFError):
            self._process = None
            return {"error": self._why_it_ended(process.wait())}, {}
        finally:
            timer.cancel()

    def _why_it_ended(self, status: int) -> str:
        slow = (getattr(signal, "SIGXCPU", 0), getattr(signal, "SIGKILL", 0))
        if -status in slow:
            return f"is damaged: it is not read in {self._seconds:g} s"
        word = signal.Signals(-status).name if status < 0 else f"status {status}"
        return f"is damaged: MATLAB's reader crashes ({word})"

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, mat_child.__file__, str(self._memory)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pipesize=1 << 20,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
            weakref.finalize(self, _end, self._process, os.getpid())
        return self._process


def _ask(process: "subprocess.Popen[bytes]", request: bytes) -> tuple[dict, Arrays]:
    """Raises EOFError or BrokenPipeError when the process ends."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request + b"\n")
    process.stdin.flush()
    header = json.loads(process.stdout.readline() or b"null")
    if header is None:
        raise EOFError
    arrays = {}
    for name, (code, shape) in header.get("arrays", {}).items():
        dtype = np.dtype(code)
        content = process.stdout.read(dtype.itemsize * math.prod(shape))
        if len(content) < dtype.itemsize * math.prod(shape):
            raise EOFError
        arrays[name] = np.frombuffer(content, dtype).reshape(shape)
    return header, arrays


def read_mat(path: Path, kind: str, name: str) -> Arrays:
    """Read a file by the one reader of this process; see :meth:`MatReader.read`."""
    return _shared_reader(os.getpid()).read(path, kind, name)


@functools.lru_cache(maxsize=1)
def _shared_reader(_: int) -> MatReader:
    """By process: one that was forked starts a child of its own."""
    return MatReader()


def _end(process: "subprocess.Popen[bytes]", owner: int) -> None:
    if os.getpid() == owner:
        process.kill()
        process.communicate()
