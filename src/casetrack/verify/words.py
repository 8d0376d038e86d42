"""The words of the return's own text, listed by hand so that a name which is also one of them raises no alarm.

A test reads written workbooks and says which word is lacking here.
"""

from __future__ import annotations

__all__ = ["FIXED"]

_TEXT = """
about above accommodation address adult against age aged align alike all allows alone also always among an and
any anything apart app application april are area arial as ask asked assessment at august authority autistic
autofilter available average away balanced band bands be before behind being belief below between bf bg birth
blank bold border bottom bottomleft bottomright broad but by bytes calibri came can cannot care cared carer
carers case cases cdtf cells chance chances characteristic characteristics chose chosen civil client coarser
code coded codes cohort cohorts color column columns come commission compared completed conditions contact
contacts core could council count counted counts cover coverage cqc created ct data date dce dcterms december
default delete deprivation design detail details disabilities disability do docprops does draw drawn due each
edition eligible else ethnic ethnicity every everybody everyone everything excel except excluded expect
explains extended extract false february fell few fewer fff file fill filled filter find first fixed font for
format formulas free from frozen full funding gdpr gender gets give given gives gp gray group groups had half
hand harder has have header heading headings health hide hold holds home hospital how http id identity in
included interpreter is it its itself january joined journey july june keep keeps key kind kinds know known
knows landscape language larger last later lead learning least leave leaves left level levels like likelier
linked list listed lists local long look looks lookup lottery lpstr made main make many march marital marking
marriage maternity may means medium meet meets memory mental met metadata method microsoft minimum minimums
minor minorities misuse mode month months more most much name named names nearest needed needs neither never
next no nobody none nor normal not note notes nothing notification november num number numbers october of
office officedocument official older on one only openxmlformats or order org orientation others out outcome
over own package page pages part partnership people per period person personal physical pivotstylelight place
places plain please pool portrait practice preferred prefix pregnancy primary print professional properties
proportion protected pseudonymised published quality quarter quarters quintile quotas quote random range
ranges rarest read reader reason reasons receiving recently reckons record recorded reference references
relationships release religion rels remains replaced replaces request return review rid right rightly row rows
rpage rule rules safe same say says schemas sealed seed sensitive sentence september service services set
several sex sexual sharedstrings sheet sheets show showing shown shows sign signs since size small so solid
somebody something spreadsheetml stand stands starts statement status stored strings style styles subject
substance such sums support supported suppressed surer table tables tablestylemedium ten term text than that
the their them theme there they thin this those title titles to together told too top topright tracking
transitioned try two uk under unless unpaid unplanned urls use valign variant version versions vnd wait waits
was weighed were what where whether which white who whom whose why window with withheld within without words
workbook worked worksheet worksheets would wrap wrapped write xl xlnm xml year years yellow yes young
"""
#: Small letters only; words of one letter never count as a name.
FIXED = frozenset(_TEXT.split())
