import importlib.metadata

import pytest

from stal_plugin.compat.import_fixes import make_importlib_metadata


def test_gives_the_functions_of_the_standard_library():
    module = make_importlib_metadata()
    assert module.__name__ == "importlib_metadata"
    assert module.distribution("torch").version == importlib.metadata.version("torch")
    with pytest.raises(module.PackageNotFoundError):
        module.distribution("no-such-package-anywhere")
