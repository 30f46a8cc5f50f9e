"""Run a tool, or any call, in a forked child that may be killed at any moment."""

import math
import os
import resource
import runpy
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"
#: Audit events of operations that change files.
_CHANGES = ("os.rename", "os.remove", "os.truncate", "os.mkdir", "shutil.copyfile")
_BUSY = 10  # seconds by the clock per second of CPU time, on a busy machine
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class Ended:
    """How a child ended.

    Args:
        status: Exit status; negative: the signal; None: it did not end in time.
        text: All that it printed.
        seconds: How long it took.
    """

    status: int | None
    text: str
    seconds: float

    def problem(self) -> str | None:
        """What is wrong about this end, that was not forced."""
        if self.status is None:
            return f"no end after {self.seconds:.0f} s"
        lines = self.text.strip().splitlines()
        last = lines[-1] if lines else ""
        if "Traceback" in self.text or self.status < 0 or self.status > 2:
            return f"status {self.status}: {last[:300]}"
        errors = [line for line in lines if line.startswith("Error: ")]
        if self.status == 1 and (len(errors) != 1 or len(errors[0]) > 1000):
            return f"{len(errors)} lines of errors, the last line is {last[:300]!r}"
        return None


def run_tool(tool: str, *arguments: object, **options: object) -> Ended:
    """Run a command line tool in a child.

    Args:
        tool: File in ``tools/``.
        *arguments: Its arguments.
        **options: See ``in_child``.
    """
    path = str(TOOLS / tool)

    def call() -> None:
        sys.argv = [path, *map(str, arguments)]
        runpy.run_path(path, run_name="__main__")

    return in_child(call, **options)


def in_child(
    call: Callable[[], object],
    folder: Path,
    before: Callable[[], object] | None = None,
    kill_after: float | None = None,
    seconds: float = 120.0,
    interrupt_after: float | None = None,
) -> Ended:
    """Run a call in a forked child; what this process has imported, it has too.

    Args:
        call: What to run.
        folder: Working directory of the child.
        before: Is called in the child first: sets limits and traps.
        kill_after: Seconds after which it is killed with SIGKILL.
        seconds: Limit of CPU time, of which a busy machine gives a tenth at least;
            then the child is killed and the status is None.
        interrupt_after: Seconds after which it gets SIGINT, as by Ctrl-C.
    """
    start = time.monotonic()
    read, write = os.pipe()
    # Ctrl-C waits until the child can answer: before that it would print into
    # the output of this process.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pid = os.fork()
    if pid == 0:
        os.close(read)
        _run(call, folder, before, write)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.close(write)
    chunks: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(read, chunks))
    reader.start()
    if interrupt_after is not None:
        status = _wait(pid, start + interrupt_after)
        if status is None:
            os.kill(pid, signal.SIGINT)
    if interrupt_after is None or status is None:
        if kill_after is None:
            status = _wait(pid, start + _BUSY * seconds, seconds)
        else:
            status = _wait(pid, start + kill_after)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        _, status_of_kill = os.waitpid(pid, 0)
        if kill_after is not None:
            status = os.waitstatus_to_exitcode(status_of_kill)
    reader.join(timeout=5)
    text = b"".join(chunks).decode(errors="replace")
    return Ended(status, text, time.monotonic() - start)


def _wait(pid: int, end: float, cpu_seconds: float = math.inf) -> int | None:
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end or _cpu_seconds(pid) > cpu_seconds:
            return None
        time.sleep(0.005)


def _cpu_seconds(pid: int) -> float:
    """CPU time of a child; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _drain(read: int, chunks: list[bytes]) -> None:
    while chunk := os.read(read, 65536):
        chunks.append(chunk)
    os.close(read)


def _run(
    call: Callable[[], object],
    folder: Path,
    before: Callable[[], object] | None,
    output: int,
) -> None:
    """Never returns."""
    status = 1
    try:
        for number in (1, 2):
            os.dup2(output, number)
        sys.stdout = os.fdopen(1, "w", buffering=1)
        sys.stderr = os.fdopen(2, "w", buffering=1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        # "not installed": its threads do not come along, and calls would wait for them
        sys.modules["openvino"] = None  # type: ignore[assignment]
        os.chdir(folder)
        if before:
            before()
        call()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def kill_at_operation(folder: Path, number: int) -> Callable[[], None]:
    """Make a child kill itself right before the n-th change of files in a folder."""
    count = 0

    def trap(event: str, args: tuple) -> None:
        nonlocal count
        if changes_files(event, args, str(folder)):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(trap)


def count_operations(folder: Path, note: Path) -> Callable[[], None]:
    """Make a child add a byte to a file for each change of files in a folder."""

    def trap(event: str, args: tuple) -> None:
        if changes_files(event, args, str(folder)):
            os.write(file, b".")

    file = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    return lambda: sys.addaudithook(trap)


def changes_files(event: str, args: tuple, folder: str) -> bool:
    """Tell whether an audit event is a change of files in a folder."""
    if event != "open" and event not in _CHANGES:
        return False
    path = os.path.abspath(os.fsdecode(args[0])) if _is_path(args[0]) else ""
    if not path.startswith(folder):
        return False
    return event != "open" or bool((args[2] or 0) & _WRITING)


def _is_path(value: object) -> bool:
    return isinstance(value, (str, bytes, os.PathLike))


def kill_at_size(size: int) -> Callable[[], None]:
    """Make the system kill a child while it writes beyond this size of a file."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def no_space_beyond(size: int) -> Callable[[], None]:
    """Make writes beyond this size of a file fail, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
