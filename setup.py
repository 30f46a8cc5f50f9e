"""Packaging of stal_plugin."""

import shutil
import sysconfig
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
VERSION = next(
    line.split('"')[1]
    for line in (ROOT / "stal_plugin/__init__.py").read_text().splitlines()
    if line.startswith("__version__")
)


def lite_requirements(site_packages: str) -> list[str]:
    """Return what the extra ``lite`` installs: nothing beside a full mmcv.

    mmcv and mmcv-lite share one folder; pip would write the one over the other. pip
    builds in an environment of its own, but with the interpreter of the target.
    """
    if any(Path(site_packages).glob("mmcv-[0-9]*.dist-info")):
        return []
    return ["mmcv-lite>=2.0,<2.2"]


class BuildWithTools(build_py):
    """Put configs and tools into the wheel, where OpenMMLab's packages have theirs.

    An editable installation takes them from the checkout.
    """

    def run(self) -> None:
        """Build the package anew, then copy both folders to ``stal_plugin/.mim``."""
        package = Path(self.build_lib, "stal_plugin")
        shutil.rmtree(package, ignore_errors=True)  # what an earlier build left there
        super().run()
        if self.editable_mode:
            return
        mim = package / ".mim"
        for folder in ("configs", "tools"):
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / folder, mim / folder, ignore=ignore)
        shutil.copy(ROOT / "model-index.yml", mim)


setup(
    name="stal_plugin",
    version=VERSION,
    description="Spatiotemporal action localization for MMAction2 and OpenMMLab",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    project_urls={
        "Paper": "https://arxiv.org/abs/2012.08097",
        "MMAction2": "https://github.com/open-mmlab/mmaction2",
    },
    keywords=[
        "spatiotemporal action localization",
        "action detection",
        "video understanding",
        "YOWO",
        "MMAction2",
        "OpenMMLab",
        "PyTorch",
    ],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Console",
        "Intended Audience :: Developers",
        "Intended Audience :: Science/Research",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)),
        "Topic :: Multimedia :: Video",
        "Topic :: Scientific/Engineering :: Image Recognition",
    ],
    cmdclass={"build_py": BuildWithTools},
    entry_points={"console_scripts": ["stal = stal_plugin.engine.console:main"]},
    packages=find_packages(include=["stal_plugin", "stal_plugin.*"]),
    package_data={
        "stal_plugin": [
            "visualization/reports/templates/*.j2",
            "engine/pretrained/*.txt",
            "apis/live_page/static/*",
        ]
    },
    python_requires=">=3.10,<3.15",
    install_requires=[
        "torch>=2.6,<2.15",
        "mmengine>=0.10.7,<0.11",
        "mmdet>=3.3,<3.4",
        "mmaction2>=1.2,<1.3",
        "numpy>=1.26,<2.6",
        "scikit-learn>=1.3,<2",
        "opencv-python>=4.8,<6",
        "av>=15,<19",
        "rich>=13,<16",
        "matplotlib>=3.8,<4",
        "jinja2>=3.1,<4",
        "scipy>=1.11,<2",
        "pandas>=2.2,<4",
        "pydantic>=2.9,<3",
        "pyyaml>=6,<7",
        "filelock>=3.12,<5",
    ],
    # mmcv and mmcv-lite share one folder: exactly one of them, the user chooses.
    extras_require={
        "lite": lite_requirements(sysconfig.get_path("platlib")),
        "full": ["mmcv>=2.0,<2.2"],
        "export": ["onnx>=1.17,<2", "onnxruntime>=1.20,<2"],
        "metrics": ["prometheus-client>=0.20,<1"],
        "live": ["fastapi>=0.115,<0.200", "uvicorn>=0.30,<0.60"],
        "openvino": ["openvino>=2025.2,<2027", "onnx>=1.17,<2", "onnxruntime>=1.20,<2"],
        "nncf": ["nncf>=3,<4", "onnx>=1.17,<2", "onnxruntime>=1.20,<2"],
        "convert": ["tflite>=2.10,<3"],
        "dev": [
            "openvino>=2025.2,<2027",
            "nncf>=3,<4",
            "ruff>=0.17,<0.18",
            "mypy>=2.4,<3",
            "pytest>=9,<10",
            "pytest-xdist>=3.6,<4",
            "hypothesis>=6.100,<7",
            "pre-commit>=4,<5",
            "codespell>=2.4,<3",
            "prometheus-client>=0.20,<1",
        ],
    },
)
