import dataclasses

import pytest

from stal_plugin.annotations.importers.import_options import (
    ActionRule,
    ImportOptions,
    check_options,
)


def test_defaults_change_nothing() -> None:
    options = ImportOptions()
    assert options.rule == ActionRule()
    assert (options.frame_base, options.unit, options.size) == (None, None, None)
    assert (options.rotate, options.start, options.tolerance) == (0, 0.0, 2.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.rotate = 90  # type: ignore[misc]


@pytest.mark.parametrize(
    ("form", "options", "flag"),
    [
        ("tubes", {"rule": ActionRule(ignore=("a",))}, "--action, --ignore or --track"),
        ("tubes", {"labelled": "listed"}, "--labelled"),
        ("tubes", {"size": (9, 9)}, "--size"),
        ("coco", {"split": 2}, "--split"),
        ("ava", {"drop_occluded": True}, "--drop-occluded"),
    ],
)
def test_options_without_effect_are_refused(
    form: str, options: dict, flag: str
) -> None:
    with pytest.raises(ValueError, match=f"^--from {form} has no {flag}: leave it out"):
        check_options(form, ImportOptions(**options))


def test_options_with_effect_pass() -> None:
    check_options("tubes", ImportOptions(split=2))
    check_options("cvat", ImportOptions(drop_occluded=True, labelled="every"))
    check_options("ucf24", ImportOptions(size=(9, 9), rule=ActionRule(ignore=("a",))))
