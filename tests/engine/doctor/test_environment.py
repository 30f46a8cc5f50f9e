import math
import os
import sys

import pytest

from stal_plugin.engine.doctor.environment import Environment, parse_version


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("2.13.0+cpu", (2, 13, 0)),
        ("0.10.7", (0, 10, 7)),
        ("2.0.0rc4", (2, 0, 0)),
        ("5", (5,)),
        ("unknown", ()),
    ],
)
def test_parse_version(text, numbers):
    assert parse_version(text) == numbers


def test_versions_compare_as_numbers():
    assert parse_version("0.9.1") < parse_version("0.10.7")


def test_asks_the_running_interpreter(monkeypatch):
    env = Environment()
    assert env.python() == sys.version_info[:3]
    assert env.version("no-such-package-anywhere") is None
    assert parse_version(env.version("pytest")) > (7,)
    assert any(file.endswith("__init__.py") for file in env.files("pytest"))
    assert env.load("math") is math
    with pytest.raises(ModuleNotFoundError):
        env.load("no_such_module_anywhere")
    assert env.variables() is os.environ


def test_machine():
    env = Environment()
    assert 1 <= env.cores() <= os.cpu_count()
    assert env.memory() is None or env.memory() > 2**27
    assert env.shared_memory() is None or env.shared_memory() > 0
    assert env.system()
