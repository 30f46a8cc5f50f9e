"""Differences that are known are measured."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from fixtures.exportable_actors import actor_clips, exportable_actor

from stal_plugin.apis.exported.actor.parity import measure_actor_parity
from stal_plugin.apis.exported.exported_model import exported_model

FRAME = ("frame_actor", "frame_file")


@pytest.mark.parametrize("names", [("actor", "actor_file"), FRAME])
def test_nearly_none(names: tuple[str, str], request: pytest.FixtureRequest) -> None:
    actor, file = map(request.getfixturevalue, names)
    parity = measure_actor_parity(actor, exported_model(file), actor_clips())
    assert parity.boxes < 1e-3
    assert parity.scores < 1e-5


@pytest.mark.parametrize("names", [("actor", "actor_file"), FRAME])
def test_other_classes_are_seen(
    names: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    actor, file = map(request.getfixturevalue, names)
    other = deepcopy(actor)
    with torch.no_grad():
        other.head.fc_cls.bias[0] += 0.1
    parity = measure_actor_parity(other, exported_model(file), actor_clips(1))
    assert parity.boxes < 1e-3
    assert 1e-3 < parity.scores < 0.025  # a quarter of what the logit moved


def test_other_boxes_are_seen_in_pixels_of_the_frame(
    actor: Any, actor_file: Path
) -> None:
    other = deepcopy(actor)
    with torch.no_grad():  # a sixteenth of a cell of 16 pixels
        other.person_detector.detector.bbox_head.multi_level_conv_reg[0].bias[0] += (
            1 / 16
        )
    (clip,) = actor_clips(1)
    large = [clip.repeat_interleave(2, 2).repeat_interleave(2, 3)]
    parity = measure_actor_parity(other, exported_model(actor_file), large)
    # lying on its side, the frame of 96 x 128 is shrunk to 36 x 48
    assert abs(parity.boxes - 128 / 48) < 1e-2


def test_who_covers_the_frame_is_compared_where_nobody_is_found(
    actor_file: Path,
) -> None:
    nobody = exportable_actor()
    nobody.person_detector.test_cfg["score_thr"] = 2.0
    with torch.no_grad():
        nobody.head.fc_cls.bias[0] += 1.0
    parity = measure_actor_parity(nobody, exported_model(actor_file), actor_clips(1))
    assert parity.scores > 0.01


def test_another_cut_of_the_map_is_seen(frame_actor: Any, frame_file: Path) -> None:
    other = deepcopy(frame_actor)
    other.view = replace(other.view, parts=1)
    parity = measure_actor_parity(other, exported_model(frame_file), actor_clips(1))
    assert parity.scores > 1e-3
