import argparse
import io
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from stal_plugin.annotations import read_annotation
from stal_plugin.annotations.exporters.export_arguments import (
    add_export_arguments,
    run_export,
)
from stal_plugin.annotations.predictions import write_predictions
from stal_plugin.engine.cli import add_overwrite_argument
from stal_plugin.evaluation.linked_persons import linked_persons


@pytest.fixture
def run() -> Callable:
    """Return a function that runs ``data.py export`` and returns what it prints."""

    def call(*words: object) -> str:
        parser = argparse.ArgumentParser()
        add_export_arguments(parser)
        add_overwrite_argument(parser)
        text = io.StringIO()
        run_export(
            parser.parse_args([*map(str, words)]),
            Console(file=text, width=400),
            linked_persons,
        )
        return text.getvalue()

    return call


def test_labels_and_how_they_come_back(
    run: Callable, own_data: Path, tmp_path: Path
) -> None:
    text = run(own_data.parent, "--to", "cvat", "--out", tmp_path / "o")
    assert text.startswith(f"26 boxes of 2 videos -> 2 files in {tmp_path / 'o'}\n")
    files = " ".join(str(tmp_path / f"o/{name}.xml") for name in "ab")
    assert (
        f"import --from cvat {files} VIDEOS --out NEW --labels "
        f"{tmp_path / 'o/classes.txt'} --action action"
    ) in text
    text = run(own_data.parent, *shlex.split("--to coco --split test --out"), tmp_path)
    assert text.startswith("10 boxes of 1 video -> 1 file")
    with pytest.raises(ValueError, match="is in the part 'val'"):
        run(own_data.parent, *shlex.split("--to via --split val --out"), tmp_path / "n")


def test_predictions_of_new_videos(
    run: Callable, own_data: Path, tmp_path: Path
) -> None:
    rows = read_annotation(own_data).rows
    rows = rows.take(rows.video_ids == "a")
    renamed = np.array(["new/b"] * len(rows), object)
    scores = np.linspace(0.1, 0.9, len(rows))
    predicted = replace(rows, video_ids=renamed, scores=scores, objectness=scores)
    predicted = replace(predicted, person_ids=np.full(len(rows), -1))
    write_predictions(tmp_path / "p.csv", predicted)
    arguments = (own_data.parent, "--to", "cvat", "--predictions", tmp_path / "p.csv")
    with pytest.raises(ValueError, match=r"name 1 video\(s\) that the annotation does"):
        run(*arguments, "--out", tmp_path / "o")
    videos = ("--videos", own_data.parent, "--score-thr", "0.5")
    text = run(*arguments, *videos, "--out", tmp_path / "o")
    assert "note: persons were unknown and linked" in text
    assert f"{int((scores >= 0.5).sum())} boxes of 1 video -> 1 file" in text
    tree = ElementTree.parse(tmp_path / "o/new_b.xml")
    assert tree.find("meta/task/source").text == "new/b.mp4"
    assert tree.find("meta/task/size").text == "40"


def test_what_does_not_fit_is_named(
    run: Callable, own_data: Path, tmp_path: Path
) -> None:
    out = ("--to", "via", "--out", tmp_path / "o")
    with pytest.raises(ValueError, match="--videos are those of --predictions"):
        run(own_data.parent, *out, "--videos", own_data.parent)
    with pytest.raises(ValueError, match="--tolerance nan must be 0 or more"):
        run(own_data.parent, *out, "--tolerance", "nan")
    rows = read_annotation(own_data).rows.take(slice(0, 1))
    late = replace(rows, frames=np.array([41]))
    write_predictions(tmp_path / "p.csv", late)
    with pytest.raises(ValueError, match=r"box on frame 41 of 'a'.*has 40 frames"):
        run(own_data.parent, *out, "--predictions", tmp_path / "p.csv")
    assert not (tmp_path / "o").exists()
