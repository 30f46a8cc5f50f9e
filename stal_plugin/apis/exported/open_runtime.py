"""What runs an exported file: an engine by name, or the fastest by measurement."""

from importlib.util import find_spec

from stal_plugin.apis.exported.fastest_engine import Choice, fastest_engine
from stal_plugin.apis.exported.int8_copies import good_int8_copies
from stal_plugin.apis.exported.onnx_file import OnnxFile
from stal_plugin.apis.exported.onnxruntime_runtime import OnnxRuntime
from stal_plugin.apis.exported.openvino_runtime import OpenVinoRuntime, precisions
from stal_plugin.apis.exported.runtime import PRECISIONS, Runtime

#: Engines by name; the name is that of the package.
ENGINES: dict[str, type[OnnxRuntime] | type[OpenVinoRuntime]] = {
    "onnxruntime": OnnxRuntime,
    "openvino": OpenVinoRuntime,
}


def open_runtime(
    file: OnnxFile,
    engine: str = "onnxruntime",
    device: str = "cpu",
    precision: str = "fp32",
    varying: bool = False,
    own_batch: tuple[str, ...] = (),
) -> Runtime:
    """Open an exported file with an engine.

    Args:
        file: The file.
        engine: One of ``ENGINES``; ``'auto'``: the fastest of those that are installed,
            measured once on this machine, see :func:`fastest_engine`.
        device: See the engines.
        precision: One of ``PRECISIONS``; ``'auto'``: the fastest that the engine and
            the processor have, measured too, also of the int8 copies beside the file
            that cost next to nothing, see :func:`good_int8_copies`.
        varying: The batch varies from call to call, and the graph may have free sizes
            beside it.
        own_batch: What the names of inputs begin with that have a batch of their own,
            of another length than the others'.

    Raises:
        ImportError: The engine is not installed.
        ValueError: Engine or precision is unknown, or see the engines.
    """
    _check("engine", engine, [*ENGINES, "auto"])
    _check("precision", precision, [*PRECISIONS, "auto"])
    choices, copies = _choices(engine, device, precision), {}
    if precision == "auto" and device == "cpu":
        copies = good_int8_copies(file)
        choices += [c._replace(copy=kind) for kind in copies for c in choices]

    def opened(choice: Choice) -> Runtime:
        chosen = copies.get(choice.copy, file)
        kind = ENGINES[choice.engine]
        return kind(chosen, device, choice.precision, varying, own_batch)

    if len(choices) == 1:
        return opened(choices[0])
    return opened(fastest_engine(file, choices, opened))


def installed_choices(device: str) -> list[Choice]:
    """What can run a file on a device, of what is installed; onnxruntime first."""
    return _choices("auto", device, "auto")


def _choices(engine: str, device: str, precision: str) -> list[Choice]:
    """What may run the file, the plainest first."""
    names = [engine] if engine != "auto" else _installed(device)
    if precision == "bf16" and engine == "auto":
        names = ["openvino"]  # the only one; it tells if it is not there
    found = []
    for name in names:
        able = precisions() if name == "openvino" else PRECISIONS[:1]
        wanted = able if precision == "auto" else (precision,)
        found += [Choice(name, one) for one in wanted]
    return found


def _installed(device: str) -> list[str]:
    names = [name for name in ENGINES if find_spec(name) is not None]
    if device != "cpu":
        names = [name for name in names if name != "openvino"]
    return names or ["onnxruntime"]


def _check(what: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise ValueError(f"{what}={value!r} is not one of {', '.join(known)}")
