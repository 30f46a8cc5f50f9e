from types import SimpleNamespace

import pytest

HEALTHY = {
    "torch": "2.13.0+cpu",
    "numpy": "2.4.6",
    "mmengine": "0.10.7",
    "mmdet": "3.3.0",
    "mmaction2": "1.2.0",
    "mmcv-lite": "2.1.0",
    "av": "18.1.0",
    "scikit-learn": "1.9.1",
    "scipy": "1.17.0",
    "rich": "15.0.0",
    "matplotlib": "3.11.2",
    "setuptools": "80.10.2",
    "importlib_metadata": "10.2.0",
    "opencv-python": "5.0.0.93",
    "decord": "0.6.0",
}


class FakeEnvironment:
    """A healthy machine; tests break parts of it."""

    def __init__(self):
        self.packages = dict(HEALTHY)
        self.package_files = {}
        self.modules = {
            name: SimpleNamespace() for name in ("decord", "mmcv._ext", "cv2")
        }
        self.python_version = (3, 11, 7)
        self.omp = None
        self.num_cores, self.total, self.shm = 4, 16 * 2**30, 2**30

    def python(self):
        return self.python_version

    def system(self):
        return "Linux x86_64"

    def version(self, package):
        return self.packages.get(package)

    def files(self, package):
        return self.package_files.get(package, [])

    def load(self, module):
        found = self.modules.get(module)
        if found is None:
            raise ModuleNotFoundError(f"No module named {module!r}")
        if isinstance(found, Exception):
            raise found
        return found

    def variables(self):
        return {"OMP_NUM_THREADS": self.omp} if self.omp else {}

    def cores(self):
        return self.num_cores

    def memory(self):
        return self.total

    def shared_memory(self):
        return self.shm


@pytest.fixture
def env():
    return FakeEnvironment()
