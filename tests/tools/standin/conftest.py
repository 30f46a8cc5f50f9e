"""A stand-in that is small enough for tests."""

import pytest
from standin.profile import ClipSpec, Profile


@pytest.fixture
def profile() -> Profile:
    clips = (
        ClipSpec("Pick up sauce", 5, 12),
        ClipSpec("Put sauce down", 3, 10),
        ClipSpec("Open jar", 1, 9),
    )
    return Profile("tiny", 160, 90, 25, (0.6, 0.4), 4, (0.3, 0.4, 0.3), clips)
