"""casetrack: from a council's extract to a coded, pseudonymised list of 50 for CQC case tracking.

The names below are in the order in which a council meets them. Each is loaded when it is first used, so that
``import casetrack`` costs nothing and a command loads only what it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList, draw
    from casetrack.cases.timetable import Timetable
    from casetrack.checks.readiness import Readiness, readiness
    from casetrack.designs.design import Design
    from casetrack.extract import Extract, read_extract
    from casetrack.lookup.lookup import Lookup, reveal
    from casetrack.packs.record_packs import write_record_packs
    from casetrack.pool.cohorts import CodedPool, code_cohorts
    from casetrack.pool.eligibility import Pool, find_eligible
    from casetrack.release.release import Release, pseudonymise
    from casetrack.report.report import write_report
    from casetrack.runs.manifest import Manifest, replay
    from casetrack.runs.running import run
    from casetrack.verify.verify import verify_release
    from casetrack.version import __version__

_HOMES = {
    "read_extract": "casetrack.extract",
    "Extract": "casetrack.extract",
    "find_eligible": "casetrack.pool.eligibility",
    "Pool": "casetrack.pool.eligibility",
    "code_cohorts": "casetrack.pool.cohorts",
    "CodedPool": "casetrack.pool.cohorts",
    "Design": "casetrack.designs.design",
    "draw": "casetrack.cases.case_list",
    "CaseList": "casetrack.cases.case_list",
    "pseudonymise": "casetrack.release.release",
    "Release": "casetrack.release.release",
    "readiness": "casetrack.checks.readiness",
    "Readiness": "casetrack.checks.readiness",
    "Lookup": "casetrack.lookup.lookup",
    "reveal": "casetrack.lookup.lookup",
    "write_report": "casetrack.report.report",
    "verify_release": "casetrack.verify.verify",
    "write_record_packs": "casetrack.packs.record_packs",
    "Manifest": "casetrack.runs.manifest",
    "replay": "casetrack.runs.manifest",
    "Timetable": "casetrack.cases.timetable",
    "run": "casetrack.runs.running",
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
    "Readiness",
    "Release",
    "Timetable",
    "__version__",
    "code_cohorts",
    "draw",
    "find_eligible",
    "pseudonymise",
    "read_extract",
    "readiness",
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
