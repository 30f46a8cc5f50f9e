"""Arguments of the tools that read streams."""

import argparse
from pathlib import Path

from stal_plugin.engine.shipped_files import find_config


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what stands for a checkpoint, and how one is read."""
    add_pretrained_arguments(parser)
    parser.add_argument("--config", help="for a checkpoint that carries none")
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="let the checkpoint run code of its own: never for one of a stranger",
    )


def add_pretrained_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how a pretrained model is named in place of a checkpoint."""
    parser.add_argument(
        "--model", metavar="NAME", help="instead: a pretrained model, e.g. kinetics600"
    )
    parser.add_argument(
        "--weights",
        metavar="DIR",
        help="folder of its published weights; default: $STAL_WEIGHTS, else "
        "~/.cache/stal_plugin, where missing files are fetched to",
    )


def check_model_files(checkpoint: str | None, config: str | None) -> None:
    """Refuse files that are not there, before torch is loaded.

    Args:
        checkpoint: File or address; None: a pretrained model stands for it.
        config: File.

    Raises:
        FileNotFoundError: One of them is not there.
    """
    named = checkpoint is not None and "://" not in checkpoint
    if named and not Path(checkpoint or "").expanduser().is_file():
        raise FileNotFoundError(f"checkpoint '{checkpoint}' does not exist")
    if config is not None:
        find_config(config)


def add_opening_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how sources of any number are opened."""
    parser.add_argument(
        "--live",
        action=argparse.BooleanOptionalAction,
        help="whether an address is a live stream; default: if it has no length",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        help="seconds without data after which a stream counts as broken",
    )
    parser.add_argument(
        "--retry",
        type=float,
        default=120.0,
        help="seconds to wait for a stream that is lost, or not there at the start; "
        "0: it is an error at once; default: 120",
    )
    parser.add_argument(
        "--folder-fps", type=float, default=25.0, help="of a folder of images"
    )


def add_metrics_argument(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Add where a run serves its numbers."""
    parser.add_argument(
        "--metrics",
        type=int,
        metavar="PORT",
        help=f"serve numbers for Prometheus at 127.0.0.1:PORT{more}",
    )


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``open_frames`` takes, and how many streams are run and watched."""
    add_opening_arguments(parser)
    parser.add_argument(
        "--stream",
        type=int,
        metavar="N",
        help="video stream to read, where there are several; default: the longest",
    )
    add_metrics_argument(parser, "; of process I at PORT + I")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="of several processes: take every N-th source, from the I-th, counted "
        "from 0; default: what torchrun says",
    )
