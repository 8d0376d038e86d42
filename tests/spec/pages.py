"""All pages of the rules, in the order in which a person meets them."""

from __future__ import annotations

from spec import characteristics, cohort_rules, experience, one_person, twelve_month_rule
from spec.tables import Page

__all__ = ["PAGES"]

PAGES: tuple[Page, ...] = (
    one_person.PAGE,
    twelve_month_rule.PAGE,
    cohort_rules.PAGE,
    characteristics.PAGE,
    experience.PAGE,
)
