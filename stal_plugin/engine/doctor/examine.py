"""Run every check."""

from collections.abc import Callable, Iterator, Sequence

from stal_plugin.engine.doctor import package_checks, system_checks
from stal_plugin.engine.doctor.environment import Environment, Finding

Check = Callable[[Environment], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    package_checks.check_python,
    package_checks.check_required,
    package_checks.check_mmcv,
    package_checks.check_twins,
    package_checks.check_setuptools,
    package_checks.check_importlib_metadata,
    package_checks.check_mmaction_wheel,
    system_checks.check_opencv,
    system_checks.check_decord,
    system_checks.check_codec,
    system_checks.check_gpu,
    system_checks.check_machine,
    system_checks.check_hosts,
)


def examine(env: Environment, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """Yield what the checks find; a check that fails itself is a finding too.

    Args:
        env: What to examine.
        checks: Functions that yield findings.
    """
    for check in checks:
        try:
            yield from check(env)
        except Exception as error:
            yield Finding("warning", f"{check.__name__} failed: {error!r}")
