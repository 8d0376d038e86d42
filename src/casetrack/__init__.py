"""casetrack: from a council's extract to a coded, pseudonymised list of 50 for CQC case tracking.

The names below are in the order in which a council meets them. Each is loaded when it is first used, so that
``import casetrack`` costs nothing and a command loads only what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casetrack.case_list import CaseList, draw
    from casetrack.cohorts import CodedPool, code_cohorts
    from casetrack.disclosure.lookup import Lookup, reveal
    from casetrack.disclosure.release import Release, pseudonymise
    from casetrack.eligibility import Pool, find_eligible
    from casetrack.extract import Extract, read_extract
    from casetrack.outputs.manifest import Manifest, replay
    from casetrack.outputs.record_packs import write_record_packs
    from casetrack.outputs.report import write_report
    from casetrack.outputs.verify import verify_release
    from casetrack.running import run
    from casetrack.sampling.design import Design
    from casetrack.timetable import Timetable
    from casetrack.version import __version__

_HOMES = {
    "read_extract": "casetrack.extract",
    "Extract": "casetrack.extract",
    "find_eligible": "casetrack.eligibility",
    "Pool": "casetrack.eligibility",
    "code_cohorts": "casetrack.cohorts",
    "CodedPool": "casetrack.cohorts",
    "Design": "casetrack.sampling.design",
    "draw": "casetrack.case_list",
    "CaseList": "casetrack.case_list",
    "pseudonymise": "casetrack.disclosure.release",
    "Release": "casetrack.disclosure.release",
    "Lookup": "casetrack.disclosure.lookup",
    "reveal": "casetrack.disclosure.lookup",
    "write_report": "casetrack.outputs.report",
    "verify_release": "casetrack.outputs.verify",
    "write_record_packs": "casetrack.outputs.record_packs",
    "Manifest": "casetrack.outputs.manifest",
    "replay": "casetrack.outputs.manifest",
    "Timetable": "casetrack.timetable",
    "run": "casetrack.running",
    "__version__": "casetrack.version",
}

__all__ = [
    "CaseList",
    "CodedPool",
    "Design",
    "Extract",
    "Lookup",
    "Manifest",
    "Pool",
    "Release",
    "Timetable",
    "__version__",
    "code_cohorts",
    "draw",
    "find_eligible",
    "pseudonymise",
    "read_extract",
    "replay",
    "reveal",
    "run",
    "verify_release",
    "write_record_packs",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
