"""From the model's codes and days to the text of an extract, one position for each row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from casetrack.dates import for_people, months_before
from casetrack.synthetic.chance import Bools, Chance, Ints, Words
from casetrack.synthetic.names import Names
from casetrack.synthetic.people import People
from casetrack.synthetic.vocabulary import CARER, FIELDS, R1_ONLY, SERVICE, SERVICE_USER, VALUES, spelling


@dataclass(frozen=True)
class Rows:
    """Text columns by heading, with the person that each row is about.

    Methods give changed copies; nothing is changed in place.
    """

    person: Ints
    old: Bools
    """Which rows are in Release 1."""
    columns: dict[str, Words]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.person)

    def put(self, heading: str, where: Ints, values: Words | list[str] | str) -> Rows:
        """Write ``values`` into some rows of a column."""
        column = self.columns[heading].copy()
        column[where] = values
        return replace(self, columns={**self.columns, heading: column})

    def take(self, order: Ints) -> Rows:
        """Keep the rows at these positions, in this order."""
        columns = {name: values[order] for name, values in self.columns.items()}
        return Rows(self.person[order], self.old[order], columns)

    def of(self, who: Ints) -> Ints:
        """Give the positions of all rows of these people."""
        return np.flatnonzero(np.isin(self.person, who))


def day_text(days: Ints) -> Words:
    """Write days as DD/MM/YYYY, blank where there is none."""
    found, where = np.unique(days, return_inverse=True)
    texts = pd.Series(found.astype("M8[D]").astype("M8[s]")).dt.strftime("%d/%m/%Y").fillna("")
    return np.asarray(texts.to_numpy(dtype=object)[where.reshape(days.shape)])


def text_days(texts: Words) -> Ints:
    """Read days written as DD/MM/YYYY, ``NONE`` where there is no such day."""
    days = pd.to_datetime(pd.Series(texts), format="%d/%m/%Y", errors="coerce").to_numpy()
    return np.asarray(days.astype("M8[D]").astype(np.int64))


def make_rows(
    chance: Chance,
    names: Names,
    people: People,
    events: pd.DataFrame,
    death: Ints,
    release: str,
    as_at: dt.date,
    months: int,
) -> Rows:
    """Write all events as rows of an extract of so many months, in an order of chance.

    In a ``mixed`` extract, events that started more than half a year before ``as_at`` are in Release 1.
    """
    as_at_day = (as_at - dt.date(1970, 1, 1)).days
    count = len(events)
    events = events.iloc[chance.order("row order", count)]
    old = np.full(count, release == "R1") | (
        (release == "mixed") & (events["start"] < as_at_day - 182).to_numpy()
    )
    columns = {
        "LA Code": _same("999", count),
        "Reporting Period Start Date": _same(
            for_people(months_before(as_at, months) + dt.timedelta(1)), count
        ),
        "Reporting Period End Date": _same(for_people(as_at), count),
        **_person_columns(people, events, death, old),
        **_event_columns(chance, events, old),
        **_carer_columns(chance, people, events),
        **_service_columns(chance, names, events, old),
        "Event Description": _descriptions(chance, names, count),
    }
    wanted = [field for field in FIELDS if release != "R2" or field not in R1_ONLY]
    return Rows(events["person"].to_numpy(), old, {field: columns[field] for field in wanted})


def _same(text: str, count: int) -> Words:
    return np.full(count, text, dtype=object)


def _coded(field: str, codes: Ints, old: Bools) -> Words:
    return np.where(old, spelling(field, "R1")[codes], spelling(field, "R2")[codes])


def _person_columns(people: People, events: pd.DataFrame, death: Ints, old: Bools) -> dict[str, Words]:
    who = events["person"]
    return {
        "NHS Number": people.nhs_number[who],
        "LA Person Unique Identifier": people.local_id[who],
        "First Name": np.where(old, people.first_name[who], ""),
        "Last Name": np.where(old, people.last_name[who], ""),
        "GP Practice Name": np.where(old, people.practice_name[who], ""),
        "GP Practice Code": people.practice_code[who],
        "Date of Birth": day_text(people.birth)[who],
        "Date of Death": day_text(death)[who],
        "Postcode": people.postcode[who],
        **{field: _coded(field, codes[who], old) for field, codes in people.codes.items()},
    }


def _event_columns(chance: Chance, events: pd.DataFrame, old: Bools) -> dict[str, Words]:
    count = len(events)
    references = (chance.order("event reference", count) + 1).tolist()
    return {
        "Client Type": _coded("Client Type", events["client"], old),
        "Event Type": _coded("Event Type", events["kind"], old),
        "Event Reference": np.array([f"EV{number:08d}" for number in references], dtype=object),
        "Event Start Date": day_text(events["start"].to_numpy()),
        "Event End Date": day_text(events["end"].to_numpy()),
        **{field: _coded(field, events[field], old) for field in events if field in VALUES},
    }


def _carer_columns(chance: Chance, people: People, events: pd.DataFrame) -> dict[str, Words]:
    count = len(events)
    caring = events["client"] == CARER
    hours = np.array(["1 to 19", "20 to 49", "50 to 99", "100 or more", "Unknown"], dtype=object)
    whom, other = (
        np.where(events["client"] != SERVICE_USER, adults[events["person"]], -1)
        for adults in (people.cared_for, people.also_cared_for)
    )
    ids = np.append(people.local_id, "")
    how_many = np.array(["", "1", "2"], dtype=object)[(whom >= 0).astype(np.int64) + (other >= 0)]
    return {
        "Total Hrs Caring per week": np.where(
            caring, hours[chance.pick("hours caring", count, (18, 22, 20, 15, 25))], ""
        ),
        "No. of adults being cared for": np.where(caring, how_many, ""),
        "Adult 1 Linked Person_ID": ids[whom],
        "Adult 2 Linked Person_ID": ids[other],
        "Adult 3 Linked Person_ID": _same("", count),
    }


def _service_columns(chance: Chance, names: Names, events: pd.DataFrame, old: Bools) -> dict[str, Words]:
    count = len(events)
    service = events["kind"] == SERVICE
    provider = chance.whole("provider", count, 0, len(names.provider_codes) - 1)
    frequency = chance.pick("cost frequency", count, (10, 55, 30, 5))
    cost = np.array([f"{number / 4:.2f}" for number in range(40, 440)], dtype=object)
    units = np.array([f"{number / 2:g}" for number in range(1, 60)], dtype=object)
    return {
        "Provider CQC Location Name": np.where(service & old, names.provider_names[provider], ""),
        "Provider CQC Location ID": np.where(service, names.provider_codes[provider], ""),
        "Unit Cost": np.where(service, cost[chance.whole("unit cost", count, 0, len(cost) - 1)], ""),
        "Cost Frequency (Unit Type)": _coded(
            "Cost Frequency (Unit Type)", np.where(service, frequency, -1), old
        ),
        "Planned units per week": np.where(
            service, units[chance.whole("units", count, 0, len(units) - 1)], ""
        ),
    }


def _descriptions(chance: Chance, names: Names, count: int) -> Words:
    people = [f"{first} {last}" for first, last in zip(names.women, names.last, strict=False)]
    pool = [
        "",
        *(f"Call from {who}, daughter" for who in people[:40]),
        *(f"Home visit with {who}" for who in people[40:80]),
        *(f"Referral by {practice}" for practice in names.practice_names),
        "Discharge planning meeting, see notes",
        "Line one\nline two, with a comma",
    ]
    which = chance.whole("description", count, 0, len(pool) - 1)
    which[chance.happens("no description", count, 0.6)] = 0
    return np.array(pool, dtype=object)[which]
