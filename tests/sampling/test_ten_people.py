"""The worked example of ten people and ten lists: every number on the page is worked out again here."""

from pathlib import Path

from counted_lists import audit
from pandas import DataFrame

from casetrack.lottery.keyed import Keyed
from casetrack.lottery.leaf import Leaf
from casetrack.lottery.numbered import lottery_of
from casetrack.lottery.prepare import limited_chances, prepare
from casetrack.quotas.quota_system import quota_system

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "lottery.md"
KINDS = {"A": ("yes", "65+"), "B": ("yes", "18-64"), "C": ("no", "65+"), "D": ("no", "18-64")}
TEN = "AABBBCCDDD"
KEY, TOLD = bytes(32), {"pool": "ten"}


def test_every_number_of_the_ten_people_is_worked_out_again():
    page = PAGE.read_text(encoding="utf-8")
    columns = ["feature", "value", "min", "max"]
    people = DataFrame([KINDS[kind] for kind in TEN], columns=["carer", "age"])
    quotas = DataFrame([("carer", "yes", 3, 3), ("age", "65+", 1, 2)], columns=columns)
    wanted = limited_chances(quota_system(people, quotas, 4), {})
    made = prepare(wanted, {}, key=KEY, told=TOLD)
    lottery, _ = lottery_of(made.lottery.rules, made.wanted_of_kinds, KEY, TOLD, 10)
    name = {int(made.kinds.group_of[TEN.index(kind)]): kind for kind in KINDS}
    group = {kind: number for number, kind in name.items()}
    for kind, (carer, age) in KINDS.items():
        tickets, count = int(lottery.tickets[group[kind]]), TEN.count(kind)
        line = f"| {kind} | {carer} | {age} | {count} | {tickets / 10 / count:.1f} | {tickets / 10} | {tickets} |"
        assert line in page
    leaf = Leaf(lottery.rules, lottery.tickets, 10, Keyed(KEY, lottery.digest, "leaf", 0, 10, 1))
    dealt = ["".join(sorted(name[kind] for kind in listed)) for listed in leaf.slots.tolist()]
    assert f"| dealt | {' | '.join(dealt)} |" in page
    assert leaf.bad().tolist() == [6] and dealt[6] == "AABC"
    assert leaf.mend(100) and leaf.swaps == 1
    lists = ["".join(sorted(name[int(k)] for k in lottery.list_number(n).kinds)) for n in range(10)]
    assert f"| after one exchange | {' | '.join(lists)} |" in page
    assert {kind: "".join(lists).count(kind) for kind in KINDS} == {"A": 12, "B": 18, "C": 4, "D": 6}
    assert audit(lottery).exact
    assert f"the list is {lists[6]}" in page
