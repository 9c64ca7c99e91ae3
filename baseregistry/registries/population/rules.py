"""What must, or should, be true of the numbers of persons.

The structure of a personal ID (Decree 137/2015/NĐ-CP, art. 13) is place, century and sex, year, six digits; it
has no check digit.  Where it disagrees with the person's facts, the facts stand: it is never a source of any.
"""

from baseregistry.registries.rules import stated

FORM = """
SELECT v.record_id, v.valid::text, NULL AS place,
       format('A number of the scheme %s has not %s digits.', v.scheme, d.digits) AS message
FROM population_identifier v JOIN (VALUES ('PERSONAL_ID', 12), ('OLD_ID', 9)) d (scheme, digits) USING (scheme)
WHERE v.recorded_to IS NULL AND v.number !~ ('^[0-9]{' || d.digits || '}$'){among}"""

# Fourth digit: 0 male, 1 female of the 20th century, 2 and 3 of the 21st, and so on; then two digits of the year.
DOUBTFUL = """
SELECT v.record_id, v.valid::text, NULL AS place, concat_ws(' ',
         CASE WHEN NOT v.same_sex THEN 'The personal ID and the person''s sex disagree.' END,
         CASE WHEN NOT v.same_year THEN 'The personal ID and the year of birth disagree.' END) AS message
FROM (SELECT v.record_id, v.valid,
        p.sex IS NULL OR p.sex = 'X' OR (substr(v.number, 4, 1)::int % 2 = 1) = (p.sex = 'F') AS same_sex,
        p.birth_date IS NULL OR p.birth_date && daterange(make_date(y.year, 1, 1), make_date(y.year + 1, 1, 1)) AS same_year
      FROM population_identifier v
      CROSS JOIN LATERAL (SELECT 1900 + substr(v.number, 4, 1)::int / 2 * 100 + substr(v.number, 5, 2)::int AS year) y
      JOIN population_person p ON p.record_id = v.person AND p.recorded_to IS NULL AND p.valid @> now()
      WHERE v.recorded_to IS NULL AND v.valid @> now() AND v.scheme = 'PERSONAL_ID' AND v.status = 'IN_USE'
        AND v.number ~ '^[0-9]{12}$'{among}) v
WHERE NOT (v.same_sex AND v.same_year)"""

POPULATION_RULES = (
    stated(
        "population.identifier_form",
        "population.identifier",
        "refuse",
        "A personal ID has 12 digits, an old number 9.",
        FORM,
    ),
    stated(
        "population.identifier_doubtful",
        "population.identifier",
        "warn",
        "A personal ID agrees with its person's sex and year of birth.",
        DOUBTFUL,
    ),
)
