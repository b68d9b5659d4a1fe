"""Arrays in a file: an npz that is packed quickly, and the same for the same arrays."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np


def pack(file: Path | IO[bytes], arrays: Mapping[str, Any]) -> None:
    """Write arrays as a compressed npz, which `numpy.load` reads; equal arrays give equal bytes: no entry bears a date.

    Packed with the least effort: NumPy's own takes three times as long for a file a tenth smaller.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asanyarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getbuffer(), zipfile.ZIP_DEFLATED, compresslevel=1)
