import pytest

from stal_plugin.apis.interruption import Interruption


def _interrupted_while_writing(error: Exception | None = None) -> list[str]:
    interruption, done = Interruption(), []
    with pytest.raises((KeyboardInterrupt, OSError)) as raised:
        _write(interruption, done, error)
    return [*done, type(raised.value).__name__]


def _write(interruption: Interruption, done: list, error: Exception | None) -> None:
    with interruption.held_off():
        interruption(2, None)
        done.append("written")
        if error:
            raise error


def test_it_stops_at_once_unless_held_off() -> None:
    interruption = Interruption()
    with pytest.raises(KeyboardInterrupt):
        interruption(15)
    assert interruption.signal == 15
    assert _interrupted_while_writing() == ["written", "KeyboardInterrupt"]
    # an error says more than the signal
    assert _interrupted_while_writing(OSError("full")) == ["written", "OSError"]


def test_at_the_end_nothing_is_stopped() -> None:
    interruption = Interruption()
    interruption.hold_off()
    with interruption.held_off():
        interruption(15)
    assert interruption.signal == 15
