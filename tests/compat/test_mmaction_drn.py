import pytest

from stal_plugin.compat.import_fixes import make_drn, make_drn_package


def test_drn_explains_itself_when_built():
    with pytest.raises(ImportError, match="open-mmlab/mmaction2#2714"):
        make_drn().DRN(vocab_size=3)


def test_package_has_the_name_of_the_missing_one():
    assert make_drn_package().__name__ == "mmaction.models.localizers.drn"
