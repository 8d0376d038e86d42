-- The 12-month rule and CT01 to CT07 by hand, as an analyst with DuckDB would write them: docs/specification.md, sections
-- 3 to 5, and nothing of casetrack. Before it runs there are a table `cld`, one row per row of the file with its number
-- `rn` last, every field as text ('' for blank) in the layout's order, and the variables `as_at` and `months`.

create macro nothing(s) as lower(trim(s)) in ('', 'null', 'n/a', 'na', 'none', '-');
create macro known(s) as not nothing(s) and lower(trim(s)) not in ('unknown', 'not known', 'not recorded')
    and not starts_with(lower(trim(s)), 'no data');
create macro plain(s) as regexp_replace(lower(s), '[^a-z0-9]', '', 'g');
-- What only a program put around an identifier: invisible characters, an apostrophe, ="...".
create macro tidy(s) as regexp_replace(ltrim(trim(regexp_replace(s, '[\p{Cf}\p{Cc}]', '', 'g')), '''’'), '^="(.*)"$', '\1');
create macro usable(s) as not nothing(s) and regexp_matches(s, '[\p{L}\p{N}]')
    and not regexp_full_match(lower(s), 'x+|0+|9{6,}|nan|nat|<na>|tbc|tba|pending|temp|unknown|not known|not recorded|no data.*'
        || '|#(n/a|na|null!|div/0!|value!|ref!|name\?|num!)|[+-]?\d+([.,]\d+)?e\+\d+');
create macro digit(s, i) as cast(substr(s, i, 1) as int);
create macro checked(s) as case when regexp_full_match(s, '[0-9]{10}') then s::bigint % 1111111111 <> 0 and
    (11 - (10 * digit(s, 1) + 9 * digit(s, 2) + 8 * digit(s, 3) + 7 * digit(s, 4) + 6 * digit(s, 5) + 5 * digit(s, 6)
    + 4 * digit(s, 7) + 3 * digit(s, 8) + 2 * digit(s, 9)) % 11) % 11 = digit(s, 10) else false end;
create macro issued(s) as left(s, 3)::int between 300 and 499 or left(s, 3)::int between 600 and 799
    or left(s, 3) = '999' or try_cast('2000-' || substr(s, 3, 2) || '-' || left(s, 2) as date) is not null;
-- A day with a clock in UTC is the day that it was in London.
create macro day_of(s) as coalesce(try_strptime(s, ['%Y-%m-%d', '%d/%m/%Y', '%Y-%m-%d %H:%M:%S'])::date,
    timezone('Europe/London', try_cast(case when ends_with(s, 'Z') then s end as timestamptz))::date);
create macro told(d) as case when d not in (date '0001-01-01', date '1753-01-01', date '1899-12-30', date '1899-12-31',
    date '1900-01-01', date '1901-01-01') then d end;
create macro differ(a, b) as (day(a) <> day(b))::int + (month(a) <> month(b))::int + (year(a) <> year(b))::int > 1;
create macro agree(a, b) as not differ(a, b) or (day(a) = month(b) and month(a) = day(b) and year(a) = year(b));

-- What is dear is worked out once for each text: identifiers, and days.
create table las as with tidied as (select distinct local_id, tidy(local_id) t from cld),
point as (select bool_and(ends_with(t, '.0')) filter (usable(t)) yes from tidied)
select local_id, case when yes then regexp_replace(t, '\.0$', '') else t end la from tidied, point where usable(t);
create table numbers as with tidied as (select distinct nhs_number, tidy(nhs_number) t from cld),
point as (select bool_and(ends_with(t, '.0')) filter (usable(t)) yes from tidied)
select nhs_number, regexp_replace(case when yes then regexp_replace(t, '\.0$', '') else t end, '\s', '', 'g') nhs
from tidied, point where usable(t);
delete from numbers where not checked(nhs);
create table days as select t, told(day_of(t)) d, not nothing(t) and day_of(t) is null no_day
from (select distinct unnest([event_start_date, event_end_date, date_of_birth, date_of_death, period_start, period_end]) t from cld);

-- One row of the file, tidied.
create table ev as
select rn, las.la, numbers.nhs,
    case when contains(lower(event_type), 'request')::int + contains(lower(event_type), 'assessment')::int
            + contains(lower(event_type), 'service')::int + contains(lower(event_type), 'review')::int = 1
        then regexp_extract(lower(event_type), 'request|assessment|service|review') end kind,
    case plain(client_type) when 'serviceuser' then 'user' when 'unpaidcarer' then 'carer' when 'carer' then 'carer'
        when 'unpaidcarerknownbyassociation' then 'known' when 'carerknownbyassociation' then 'known' end client,
    d1.d s, case when d2.d < date '2099-01-01' then d2.d end e, d2.no_day,
    d3.d dob, case when d4.d < date '2099-01-01' then d4.d end died, d5.d p1, d6.d p2,
    primary_support_reason psr, autism asd, dementia dem, visual_impairment vi, hearing_impairment hi,
    lower(event_outcome) outcome, lower(route_of_access) route, lower(assessment_type) assessment,
    replace(replace(lower(service_type), 'term support - ', 'term support: '), 'ongoing ', '') service,
    replace(lower(service_component), ' or domiciliary care', '') component,
    lower(delivery_mechanism) mechanism, try_cast(replace(replace(unit_cost, '£', ''), ',', '') as double) cost,
    lower(cost_frequency) frequency, try_cast(planned_units as double) units
from cld left join las using (local_id) left join numbers using (nhs_number)
join days d1 on d1.t = event_start_date join days d2 on d2.t = event_end_date join days d3 on d3.t = date_of_birth
join days d4 on d4.t = date_of_death join days d5 on d5.t = period_start join days d6 on d6.t = period_end;

-- Who is one person.
create table births as select distinct la, dob from ev where la is not null and dob is not null;
create table placeholders as
select distinct a.la from births a join births b on a.la = b.la and a.dob < b.dob and differ(a.dob, b.dob)
join births c on c.la = a.la and b.dob < c.dob and differ(a.dob, c.dob) and differ(b.dob, c.dob)
where a.la in (select la from births group by la having count(*) >= 3);
update ev set la = null where la in (select la from placeholders);
create table held as select distinct la, nhs from ev where la is not null and nhs is not null;
create table shared as select nhs, count(*) ids from held group by nhs having count(*) > 1;
create table unsafe as
select distinct nhs from ev where nhs is not null and not issued(nhs)
union select nhs from shared where ids > 5
union select a.nhs from held a join held b on a.nhs = b.nhs and a.la < b.la
    join births x on x.la = a.la join births y on y.la = b.la
    where a.nhs in (select nhs from shared where ids <= 5)
    group by a.nhs, a.la, b.la having not bool_or(agree(x.dob, y.dob));
create table own as select la, min(nhs) nhs from held group by la having count(*) = 1 and min(nhs) not in (from unsafe);
create table stray as select distinct nhs, dob from ev where la is null and nhs in (from unsafe) and dob is not null;
create table apart as select distinct a.nhs from stray a join stray b on a.nhs = b.nhs where not agree(a.dob, b.dob);
create table grouped as
select ev.*, case when ev.la is not null then coalesce('N' || own.nhs, 'L' || ev.la)
    when ev.nhs in (from apart) then null else 'N' || ev.nhs end grp
from ev left join own using (la);
create table mine as
select *, s <= getvariable('as_at') up, kind is not null and s is not null event,
    (case when no_day then 0 when e is null then 200000 else date_diff('day', date '1800-01-01', e) end)::bigint * 1000000000000
    + (case when s is null then 0 else date_diff('day', date '1800-01-01', s) end)::bigint * 1000000 place
from grouped where grp is not null;

-- Rows that are just as late stand in the order of their cells as text.
create table late as
select rn, row_number() over (partition by grp, place order by cld) more
from (from mine qualify count(*) over (partition by grp, place) > 1) join cld using (rn);

-- The same service told twice: the latest submission, then the latest end. One that left the file ended with its last.
create table services as
with one as (select count(distinct p1) = 1 and count(distinct p2) = 1 single, max(p2) last from ev)
select grp, s, service like 'long term%' long,
    case when not single and e is null and not no_day and p2 < last then p2 else e end e, no_day
from (
    select * from mine, one where event and kind = 'service'
    qualify row_number() over (
        partition by grp, s, client, service, component, case when single then row(mechanism, cost, frequency, units) end
        order by p2 desc nulls last, (case when no_day then 0 when e is null then 2 else 1 end) desc, e desc) = 1
) where (service like 'short term support%' or service like 'long term support%') and s <= getvariable('as_at');

create table assessments as
select grp, client, e, e > getvariable('as_at') - to_months(getvariable('months')) and e <= getvariable('as_at') inside,
    not regexp_matches(regexp_replace(replace(assessment, '''', ''), '[^a-z0-9]+', ' ', 'g'),
        '\b(deprivations? of libert(y|ie)|dols?|liberty protection|mental capacit(y|ie)|mca|mental health act|amhp'
        || '|safeguarding|best interest|financial)s?\b') counts
from mine where event and kind = 'assessment' and client in ('user', 'carer') and e >= s;

create table person as
with latest as (
    select mine.*, place + coalesce(more, 0) k from mine left join late using (rn)
)
select grp, coalesce(min(la), min(nhs)) person_id, bool_and(coalesce(client = 'known', false)) known_only,
    arg_max(dob, (s is not null, k)) filter (dob is not null) dob,
    coalesce(bool_or(e <= getvariable('as_at') and plain(outcome) = 'nfadeceased') filter (outcome like '%deceased%'), false) ended,
    arg_max(psr, (plain(psr) not in ('socialsupportsupporttounpaidcarer', 'socialsupportsupporttocarer'), k))
        filter (up and known(psr)) psr,
    arg_max(asd, k) filter (up and known(asd)) asd, arg_max(dem, k) filter (up and known(dem)) dem,
    arg_max(vi, k) filter (up and known(vi)) vi, arg_max(hi, k) filter (up and known(hi)) hi
from latest group by grp;
create table deaths as
select grp, arg_max(mine.died, (s is not null, place + coalesce(more, 0))) died
from mine left join late using (rn) join person using (grp)
where mine.died is not null and not (coalesce(mine.died < person.dob, false) and person.dob <= getvariable('as_at'))
group by grp;
create table assessed as
select grp, bool_or(counts) counted, bool_or(counts and e <= getvariable('as_at')) up_to, bool_or(counts and inside) inside,
    bool_or(counts and inside and client = 'user') as_user, bool_or(counts and inside and client = 'carer') as_carer
from assessments group by grp;
create table transitions as
select distinct grp from mine where event and up and kind = 'request' and route like '%transition%'
    and s > getvariable('as_at') - to_months(24);
create table discharged as
select distinct r.grp from (
    select grp, s, coalesce(e, s) e from mine where event and up and kind = 'request'
        and route like '%discharge from hospital%' and s > getvariable('as_at') - to_months(6)
) r join services v using (grp) where v.s >= r.s or (v.long and ((v.e is null and not v.no_day) or v.e >= r.e));

create table result as
with aged as (
    select *, year(getvariable('as_at')) - year(dob)
        - ((month(getvariable('as_at')), day(getvariable('as_at'))) < (month(dob), day(dob)))::int age
    from person left join deaths using (grp) left join assessed using (grp)
), judged as (
    select *, case when known_only then 'known_by_association'
        when coalesce(died <= getvariable('as_at'), false) or ended then 'deceased'
        when age is null or age < 0 or age > 120 or dob > getvariable('as_at') then 'age_unknown'
        when age < 18 then 'under_18' when counted is null then 'no_assessment'
        when not counted then 'assessment_not_counted' when not up_to then 'assessment_after_as_at'
        when not inside then 'assessment_too_old' else 'eligible' end outcome from aged
)
select person_id, outcome,
    outcome = 'eligible' and as_user and age >= 65 CT01,
    outcome = 'eligible' and as_user and age <= 25 and grp in (from transitions) CT02,
    outcome = 'eligible' and as_user and grp in (from discharged) CT03,
    outcome = 'eligible' and as_user and coalesce(plain(psr) = 'learningdisabilitysupport' or lower(asd) = 'yes', false) CT04,
    outcome = 'eligible' and as_user and coalesce(lower(psr) like 'mental health support%'
        or lower(psr) like '%substance misuse support%', false) CT05,
    outcome = 'eligible' and as_user and coalesce(lower(psr) like 'physical support%' or lower(psr) like 'sensory support%'
        or lower(psr) like 'support with memory%', false) or outcome = 'eligible' and as_user and (coalesce(lower(dem) = 'yes', false)
        or coalesce(lower(vi) not like 'no %', false) or coalesce(lower(hi) not like 'no %', false)) CT06,
    outcome = 'eligible' and as_carer CT07
from judged;
