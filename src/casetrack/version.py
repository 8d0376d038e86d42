"""The version, in one place."""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__"]

try:
    __version__ = version("casetrack")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0.2.0"
