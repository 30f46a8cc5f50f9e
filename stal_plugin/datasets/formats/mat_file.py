"""Read one array of a MATLAB file."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat


def read_mat_array(path: Path, name: str) -> NDArray:
    """Read one numeric array of a MATLAB file (version 4 to 7, not 7.3).

    Args:
        path: The file.
        name: Name of the array.

    Returns:
        The array, with three dimensions: MATLAB drops a last dimension of size 1.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged or no such file, or has no such array.
    """
    if not path.is_file():
        raise FileNotFoundError(f"MATLAB file {path} is missing")
    try:
        content = loadmat(str(path), variable_names=[name])
    except NotImplementedError:
        raise ValueError(
            f"{path} is a MATLAB 7.3 file, which cannot be read; save it in MATLAB "
            "with save(..., '-v7')"
        ) from None
    except Exception as error:  # a damaged file may raise anything
        raise ValueError(f"{path} is no readable MATLAB file: {error!r}") from None
    if name not in content:
        raise ValueError(f"{path} has no array {name!r}; is it another file?")
    array = content[name]
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "bfiu":
        raise ValueError(f"{path}: {name} is not an array of numbers")
    return np.atleast_3d(array)
