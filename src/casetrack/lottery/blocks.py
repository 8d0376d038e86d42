"""Products of wide, flat matrices in small blocks, so that they are the same sums on any number of threads."""

from __future__ import annotations

import numpy as np

__all__ = ["in_blocks", "padded"]

_BLOCK = 64


def padded(matrix: np.ndarray) -> np.ndarray:
    """A matrix with columns of zeros up to a whole number of blocks.

    Examples
    --------
    >>> padded(np.ones((2, 3))).shape
    (2, 64)
    """
    return np.pad(matrix, ((0, 0), (0, -matrix.shape[1] % _BLOCK)))


def in_blocks(matrix: np.ndarray) -> np.ndarray:
    """The columns of a padded matrix in blocks, as a view of shape (blocks, rows, columns of a block).

    Products over small blocks stay on one thread: no waiting for busy cores, and the same sums everywhere.

    Examples
    --------
    >>> in_blocks(np.ones((2, 128))).shape
    (2, 2, 64)
    """
    blocks: np.ndarray = matrix.reshape(len(matrix), -1, _BLOCK).transpose(1, 0, 2)
    return blocks
