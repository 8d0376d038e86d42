"""One thread for linear algebra, wherever casetrack does some."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

__all__ = ["one_thread"]

_Takes = ParamSpec("_Takes")
_Gives = TypeVar("_Gives")


def one_thread(function: Callable[_Takes, _Gives]) -> Callable[_Takes, _Gives]:
    """A function during which BLAS and OpenMP use one thread.

    casetrack's dense systems are small. As many threads as cores gain nothing on them, and wait in a busy loop for each
    other: the same draw cost 2 to 13 times the CPU, with the same list.
    """

    @functools.wraps(function)
    def bounded(*args: _Takes.args, **kwargs: _Takes.kwargs) -> _Gives:
        with threadpool_limits(limits=1):
            return function(*args, **kwargs)

    return bounded
