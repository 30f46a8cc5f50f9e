"""Jobs of the tools that measure, report and convert; see ``workshop`` for the others.

Each has its inputs made when it is asked for, so that one job does not wait for others.
"""

import json
from collections.abc import Callable
from pathlib import Path

# imported here once, so that no child has to
import analysis.comparison_report
import analysis.detector_benchmark  # noqa: F401
import numpy as np
import standin.jhmdb_release_writer  # noqa: F401
import torch
from mmengine.config import Config

from stal_plugin.engine import batch_size, own_config  # noqa: F401
from stal_plugin.engine.checkpoints import conversion  # noqa: F401
from stal_plugin.evaluation import protocol_comparison  # noqa: F401
from stal_plugin.models.backbones import ResNet3D18
from stal_plugin.visualization.reports import run_report  # noqa: F401

from .child import TOOLS, run_tool
from .jobs import Job
from .workshop import Workshop

CONVERTERS = TOOLS / "dataset_converters"
NARROW = (
    "model = dict(backbone=dict("
    "backbone_2d=dict(type='stal_plugin.Darknet19', width=0.0625),"
    "backbone_3d=dict(type='stal_plugin.ResNet3D18', width=0.0625)))\n"
)
SMALL_FOOTAGE = """
import runpy
from standin import PROFILES
from standin.profile import ClipSpec, Profile
clips = (ClipSpec("Clean counter", 2, 9), ClipSpec("Pick up", 2, 9))
PROFILES["mini"] = Profile("mini", 64, 36, 25, (0.5, 0.5), 2, (0.5, 0.5), clips[:1])
runpy.run_path({tool!r}, run_name="__main__")
"""
SMALL_RELEASE = """
import runpy
from standin.release_clip import RELEASE_PROFILES, ReleaseProfile
RELEASE_PROFILES["mini"] = ReleaseProfile(
    "tiny", ("sit", "stand"), 3, 1, 64, 56, (5, 7), (30, 40))
runpy.run_path({tool!r}, run_name="__main__")
"""
Words = tuple[object, ...]


def run(*words: object, folder: Path) -> None:
    """Run a tool whose output is an input here."""
    ended = run_tool(*map(str, words), folder=folder)
    assert ended.status == 0, ended.text


def tested_run(workshop: Workshop, folder: Path) -> Path:
    """Work folder of a test."""
    out = ("--out", folder / "predictions.csv", "--work-dir", folder)
    run("test.py", workshop.config, workshop.checkpoint, *out, folder=workshop.root)
    return folder


def report(workshop: Workshop, folder: Path) -> Words:
    return ("report.py", tested_run(workshop, folder / "run"), "--out", "OUT/r.html")


def compare(workshop: Workshop, folder: Path) -> Words:
    runs = [tested_run(workshop, folder / name) for name in ("one", "two")]
    return ("report.py", *runs, "--resamples", "9", "--out", "OUT/r.html")


def eval_csv(workshop: Workshop, _: Path) -> Words:
    files = (workshop.root / "data" / "annotations.csv", workshop.root / "pred.csv")
    return ("eval_csv.py", *files, "--json", "OUT/s.json")


def convert_weights(_: Workshop, folder: Path) -> Words:
    (folder / "narrow.py").write_text(NARROW)
    torch.save(ResNet3D18(width=0.0625).state_dict(), folder / "r18.pth")
    files = (folder / "r18.pth", "OUT/w.pth", "--config", folder / "narrow.py")
    return ("convert_weights.py", "kinetics-resnet3d18", *files)


def plot_curves(_: Workshop, folder: Path) -> Words:
    log = folder / "t0" / "vis_data" / "scalars.json"
    log.parent.mkdir(parents=True)
    lines = [{"loss": 9 / n, "iter": n, "epoch": n, "step": n} for n in range(1, 9)]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return ("plot_curves.py", folder, "--out", "OUT/c.png")


def new_config(workshop: Workshop, _: Path) -> Words:
    options = ("--size", "64", "--model", "mini", "--out", "OUT/config.py")
    return ("new_config.py", workshop.root / "data", "--batch-size", "2", *options)


def kmeans_anchors(workshop: Workshop, _: Path) -> Words:
    options = ("--max-k", "3", "--k", "2", "--out", "OUT")
    return ("kmeans_anchors.py", workshop.root / "data" / "annotations.csv", *options)


def benchmark(workshop: Workshop, folder: Path) -> Words:
    settings = workshop.parts["tiny_settings"]()
    del settings["model"]["bbox_head"]["loss_cls"]["samples_per_class"]
    settings["model"]["bbox_head"]["loss_cls"]["beta"] = 0.0
    Config(settings).dump(folder / "config.py")
    options = ("--frames", "10", "--size", "48", "32", "--device", "cpu", "--minutes")
    files = (folder / "config.py", workshop.checkpoint)
    return ("benchmark.py", *files, *options, "--json", "OUT/b.json")


def eval_live(workshop: Workshop, _: Path) -> Words:
    files = (workshop.root / "data" / "annotations.csv", workshop.checkpoint)
    return ("eval_live.py", *files, "--strides", "8", "--device", "cpu", "--out", "OUT")


def small(text: str, name: str, folder: Path) -> Path:
    """Write a program that runs a tool with a small profile."""
    path = folder / name
    path.write_text(text.format(tool=str(CONVERTERS / name)))
    return path


def draw_footage(_: Workshop, folder: Path) -> Words:
    return (small(SMALL_FOOTAGE, "synthesize_agot.py", folder), "OUT")


def draw_release(_: Workshop, folder: Path) -> Words:
    return (small(SMALL_RELEASE, "synthesize_jhmdb.py", folder), "OUT")


def agot(_: Workshop, folder: Path) -> Words:
    run(*draw_footage(_, folder)[:1], folder / "raw", folder=folder)
    tool = ("dataset_converters/agot.py", folder / "raw", "--min-clips", "1")
    return (*tool, "--size", "keep", "--overwrite", "--out", "OUT")


def jhmdb(_: Workshop, folder: Path) -> Words:
    run(*draw_release(_, folder)[:1], folder / "raw", folder=folder)
    tool = ("dataset_converters/jhmdb.py", folder / "raw")
    return (*tool, "--splits", "1", "--overwrite", "--out", "OUT")


#: What gives the words of a command; inputs are made in its folder.
COMMANDS: dict[str, Callable[[Workshop, Path], Words]] = {
    "report": report,
    "comparison": compare,
    "eval_csv": eval_csv,
    "convert_weights": convert_weights,
    "plot_curves": plot_curves,
    "new_config": new_config,
    "kmeans_anchors": kmeans_anchors,
    "benchmark": benchmark,
    "eval_live": eval_live,
    "drawn footage": draw_footage,
    "drawn release": draw_release,
    "agot.py": agot,
    "jhmdb.py": jhmdb,
}
#: Files of an earlier run of commands that write one or two.
_EARLIER = {
    "report": ("r.html",),
    "comparison": ("r.html",),
    "eval_csv": ("s.json",),
    "convert_weights": ("w.pth",),
    "plot_curves": ("c.png",),
    "new_config": ("config.py",),
    "kmeans_anchors": ("inertia.png", "prior_generator.py"),
    "benchmark": ("b.json",),
    "eval_live": ("stride8.csv",),
}
#: Options by which an earlier run of converters differs. Stand-ins are drawn into a
#: new folder: what says that one is complete goes first when another takes its place.
_EARLIER_OPTIONS = {"agot.py": ("--seed", "1"), "jhmdb.py": ("--fps", "25")}
_PAIRS = {
    "agot.py": ("annotations.csv", "annotations.json"),
    "jhmdb.py": ("split1/annotations.csv", "split1/annotations.json"),
}


def tool_job(name: str, workshop: Workshop, folder: Path) -> Job:
    """Make a job, with the outputs of an earlier run.

    Args:
        name: One of ``COMMANDS``.
        workshop: Inputs that several share.
        folder: Where it works.
    """
    inputs, earlier = folder / "inputs", folder / "earlier"
    for path in (inputs, earlier):
        path.mkdir()
    words = COMMANDS[name](workshop, inputs)
    if name in _EARLIER:
        words += ("--overwrite",)
        for file in _EARLIER[name]:
            (earlier / file).write_text("of an earlier run\n")
    elif name in _EARLIER_OPTIONS:
        options = _EARLIER_OPTIONS[name]
        old = [str(word).replace("OUT", str(earlier)) for word in words]
        run(*old, *options, folder=folder)
    results = {"benchmark": _rows, "convert_weights": _weights}
    results |= dict.fromkeys(("drawn release", "jhmdb.py"), _without_zip_dates)
    return Job(
        name, words, earlier, folder / name, _PAIRS.get(name, ()), results.get(name)
    )


def _rows(out: Path) -> list[str]:
    return [row["name"] for row in json.loads((out / "b.json").read_text())["runs"]]


def _weights(out: Path) -> list:
    state = torch.load(out / "w.pth", weights_only=True)["state_dict"]
    return [(name, tensor.numpy().tobytes()) for name, tensor in state.items()]


def _without_zip_dates(out: Path) -> list:
    contents: list = []
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                contents += [(key, arrays[key].tolist()) for key in arrays]
        else:
            contents.append((path.name, path.read_bytes()))
    return contents
