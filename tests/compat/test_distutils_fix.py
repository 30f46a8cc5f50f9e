from stal_plugin.compat.import_fixes import make_distutils


def test_has_the_exception_that_mmengine_names():
    errors = make_distutils().errors
    assert issubclass(errors.DistutilsPlatformError, errors.DistutilsError)
    assert issubclass(errors.DistutilsError, Exception)
