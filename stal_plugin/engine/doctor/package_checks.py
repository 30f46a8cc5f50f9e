"""Are the packages there, in versions that work, and each only once?"""

from collections.abc import Iterator

from stal_plugin.engine.doctor.environment import Environment, Finding, parse_version

#: package -> (first version that works, first that is not tested), as in setup.py;
#: torch before 2.6 can be made to run code under weights_only=True (CVE-2025-32434)
REQUIRED = {
    "torch": ("2.6", "2.15"),
    "mmengine": ("0.10.7", "0.11"),
    "mmdet": ("3.3", "3.4"),
    "mmaction2": ("1.2", "1.3"),
    "numpy": ("1.26", "2.6"),
    "scikit-learn": ("1.3", "2"),
    "av": ("15", "19"),
    "rich": ("13", "16"),
    "matplotlib": ("3.8", "4"),
    "scipy": ("1.11", "2"),
}
OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
#: packages of another publisher that bring the same modules
TWINS = {
    "onedl-mmengine": ("mmengine", "mmengine-lite"),
    "onedl-mmcv": ("mmcv", "mmcv-lite"),
    "onedl-mmdetection": ("mmdet",),
}
_LITE = "pip install 'mmcv-lite==2.1.0'"
_FULL = "MMCV_WITH_OPS=1 pip install --no-build-isolation --no-cache-dir 'mmcv==2.1.0'"


def check_python(env: Environment) -> Iterator[Finding]:
    """3.10 to 3.12 are tested; mmengine does not run on 3.14."""
    version = ".".join(map(str, env.python()))
    if (3, 10) <= env.python()[:2] <= (3, 12):
        yield Finding("info", f"python {version}, {env.system()}")
    else:
        yield Finding(
            "broken",
            f"python {version}: 3.10 to 3.12 are supported",
            "python3.11 -m venv .venv && .venv/bin/pip install -e .[lite]",
        )


def check_required(env: Environment) -> Iterator[Finding]:
    """Every required package is there and within its bounds."""
    for package, (low, high) in REQUIRED.items():
        version = env.version(package)
        fix = f"pip install '{package}>={low},<{high}'"
        if version is None:
            yield Finding("broken", f"{package} is not installed", fix)
        elif parse_version(low) <= parse_version(version) < parse_version(high):
            yield Finding("info", f"{package} {version}")
        else:
            wanted = f"from {low} to below {high}"
            yield Finding("broken", f"{package} {version}: needed is {wanted}", fix)


def check_mmcv(env: Environment) -> Iterator[Finding]:
    """Either mmcv or mmcv-lite is there, not both, older than 2.2 and whole."""
    full, lite = env.version("mmcv"), env.version("mmcv-lite")
    if full and lite:
        yield Finding(
            "broken",
            f"mmcv {full} and mmcv-lite {lite} are both installed; they overwrite each "
            "other's files",
            f"pip uninstall -y mmcv mmcv-lite && {_LITE}",
        )
    elif not (full or lite):
        if not env.version("onedl-mmcv"):
            yield Finding("broken", "neither mmcv-lite nor mmcv is installed", _LITE)
    else:
        yield from _check_one_mmcv(env, "mmcv" if full else "mmcv-lite")


def _check_one_mmcv(env: Environment, package: str) -> Iterator[Finding]:
    version = env.version(package) or ""
    remove = f"pip uninstall -y {package} && "
    if not (2, 0) <= parse_version(version) < (2, 2):
        yield Finding(
            "broken",
            f"{package} {version}: mmdet and mmaction2 refuse all but 2.0 to below 2.2",
            remove + _LITE,
        )
    elif package == "mmcv-lite":
        yield Finding("info", f"mmcv-lite {version} (NMS in plain torch)")
    elif not any("_ext." in file for file in env.files("mmcv")):
        yield Finding(
            "broken",
            f"mmcv {version} was built without its compiled operators (mmcv._ext)",
            f"{remove}{_LITE}   (or, with a compiler: {remove}{_FULL})",
        )
    else:
        yield from _check_compiled_mmcv(env, version)


def _check_compiled_mmcv(env: Environment, version: str) -> Iterator[Finding]:
    try:
        env.load("mmcv._ext")
    except Exception as error:
        yield Finding(
            "broken",
            f"mmcv {version}: its operators do not fit the installed torch: {error}",
            f"pip uninstall -y mmcv && {_LITE}",
        )
    else:
        yield Finding("info", f"mmcv {version} with compiled operators")


def check_twins(env: Environment) -> Iterator[Finding]:
    """No onedl package beside the one whose modules it replaces."""
    for twin, originals in TWINS.items():
        both = [package for package in originals if env.version(package)]
        if env.version(twin) and both:
            names = " ".join([twin, *both])
            yield Finding(
                "broken",
                f"{' and '.join([twin, *both])} install the same modules over each "
                "other",
                f"pip uninstall -y {names} && pip install -e .[lite]",
            )


def check_setuptools(env: Environment) -> Iterator[Finding]:
    """There is pkg_resources, for configs based on those of another library."""
    version = env.version("setuptools")
    if version is None or parse_version(version) >= (81,):
        yield Finding(
            "warning",
            f"setuptools {version or 'is not installed'}: no or deprecated "
            "pkg_resources, which mmengine needs for _base_ = 'mmaction::...' only",
            "pip install 'setuptools<81'",
        )
    else:
        yield Finding("info", f"setuptools {version}")


def check_importlib_metadata(env: Environment) -> Iterator[Finding]:
    """mmaction2 uses it without declaring it."""
    if env.version("importlib_metadata") is None:
        yield Finding(
            "warning",
            "importlib_metadata is not installed; mmaction2 needs it, stal_plugin puts "
            "the standard library's in its place",
            "pip install importlib_metadata",
        )


def check_mmaction_wheel(env: Environment) -> Iterator[Finding]:
    """The wheel of mmaction2 1.2.0 lacks a folder that mmaction.models imports."""
    if env.version("mmaction2") is None:
        return  # check_required says so
    localizers = [f for f in env.files("mmaction2") if "models/localizers/" in f]
    if localizers and not any("/drn/" in file for file in localizers):
        yield Finding(
            "info",
            "the wheel of mmaction2 lacks localizers/drn; stal_plugin puts a "
            "placeholder in its place",
            "pip install git+https://github.com/open-mmlab/mmaction2   (only to use "
            "DRN)",
        )
