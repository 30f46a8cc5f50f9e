"""Find out what is wrong with an environment, with nothing but the standard library.

Nothing here imports a third-party package before a check asks for it, and a check
that fails does not keep the others from running.
"""

from stal_plugin.engine.doctor.environment import Environment, Finding
from stal_plugin.engine.doctor.examine import examine

__all__ = [
    "Environment",
    "Finding",
    "examine",
]
