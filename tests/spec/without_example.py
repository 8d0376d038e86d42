"""Errors that no example shows, with the reason; each has a test of its own elsewhere. The list only grows shorter."""

from __future__ import annotations

__all__ = ["WITHOUT_EXAMPLE"]

_BUILT_BY_HAND = "the lookup has to be changed byte by byte, or written with its key"
_OLD_LIST = "it needs a list of the first version of casetrack"
_FOLDER = "it needs a folder that a draw has written, and somebody who changes it"
_LOTTERY = "it needs a lottery of a shape that a small example does not have"
_SPARK = "it needs a Spark session"
_TEMPLATE = "it needs a workbook that stands for a template"
_SYSTEM = "it is the system that refuses"

#: Code to the reason why there is no example.
WITHOUT_EXAMPLE = {
    "another-list": _FOLDER,
    "another-lottery": "it needs two versions of casetrack",
    "cannot-write": _SYSTEM,
    "council-code": _SPARK,
    "council-column": _SPARK,
    "council-passphrase": _SPARK,
    "council-stopped": _SPARK,
    "destruction-begun": "it needs a destruction that was interrupted",
    "drawn-before-keys": _OLD_LIST,
    "earlier-format": _OLD_LIST,
    "hardly-any-list": _LOTTERY,
    "in-use": "it needs two programs at the same time",
    "kept-and-gone": "no function that is offered can ask for it",
    "list-not-dealt": _LOTTERY,
    "list-number": _LOTTERY,
    "log-forged": _BUILT_BY_HAND,
    "lookup-facts": "no function that is offered can ask for it",
    "lookup-parameters": _BUILT_BY_HAND,
    "lookup-version": _BUILT_BY_HAND,
    "lottery-closed": "it needs a lottery that was sealed with another passphrase",
    "lottery-not-minuted": "it needs a lottery that was made ready before",
    "newer-format": "it needs a newer version of casetrack",
    "no-code": "no function that is offered can ask for it",
    "no-samples": "it needs a copy of casetrack that lacks files",
    "nobody-left": "the list itself takes it as a place that stays empty",
    "no-rows": _SPARK,
    "not-a-category": "the return meets it only in a list that is no council's",
    "not-enough-memory": _SYSTEM,
    "parquet-too-large": "it needs a file that was made to do harm",
    "password-protected": "it needs a workbook that Excel has encrypted",
    "people-label": "pandas refuses such a text before casetrack sees it",
    "quota-text": "pandas refuses such a text before casetrack sees it",
    "release-not-clean": "it needs a return that a fault has made",
    "state-changed": _FOLDER,
    "synthetic-not-installed": "it needs an installation without the extra",
    "template-cells": _TEMPLATE,
    "template-column": _TEMPLATE,
    "template-headings": _TEMPLATE,
    "template-mapping": _TEMPLATE,
    "template-unreadable": _TEMPLATE,
    "thrown-digits": "it needs a lottery that was made ready before",
    "timetable-unreadable": _FOLDER,
    "workbook-bounds": "it needs a file that was made to do harm",
    "workbook-too-large": "it needs a workbook that unpacks to more than 2 GB",
}
