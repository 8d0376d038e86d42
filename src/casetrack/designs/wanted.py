"""A design beside the pool it is held against, as a picture."""

from __future__ import annotations

from casetrack.designs.asked import Asked
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.group_names import group_name
from casetrack.designs.quota import who_counts
from casetrack.pictures import Gaps


def picture_of_design(design: Asked, coded: CodedPeople) -> Gaps:
    """Each quota's share of the list beside the share of the people who can be drawn."""
    people, size = coded.people, design.size
    people = people[people[list(coded.code_names)].any(axis=1)]
    labels, shares, bands, words = [], [], [], []
    for (feature, value), quota in design.quotas().items():
        if quota.min or quota.max is not None:
            most = size if quota.max is None else quota.max
            count = int(who_counts(people, feature, value).sum())
            labels.append(group_name(feature, value))
            shares.append(count / max(len(people), 1))
            bands.append((quota.min / size, most / size))
            words.append(f"{count:,} people who can be drawn, {quota.min:,} to {most:,} of {size:,} places")
    title = f"{len(labels)} quotas over {size:,} places, beside the {len(people):,} people who can be drawn"
    return Gaps(title, tuple(labels), tuple(shares), bands=tuple(bands), words=tuple(words))
