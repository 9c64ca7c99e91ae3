"""Whatever cannot be read is refused with a code and the path at which it was said; never a 500, never half of it."""

from typing import Any

from tests.graphql.mutations.agency import GRAPHQL, JSON, RECORD, Agency, change, parcel, person

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
SQUARE = [[[540000, 1750000], [540020, 1750000], [540020, 1750020], [540000, 1750000]]]


def shaped(shape: Any, crs: str = "EPSG:5899") -> dict[str, Any]:
    return {"geometry": {"geoJson": shape, "crs": crs}}


def polygon(coordinates: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": coordinates}


VALUES = [
    ({"status": "NONE"}, "input.unknown_code", "status"),
    ({"status": 7}, "input.bad_variables", "status"),
    ({"status": None}, "input.bad_variables", "status"),
    ({"mapSheet": ""}, "input.empty", "mapSheet"),
    ({"mapSheet": "1" * 21}, "input.too_long", "mapSheet"),
    ({"mapSheet": "1\n2"}, "input.control_character", "mapSheet"),
    ({"mapSheet": "1\x002"}, "input.control_character", "mapSheet"),
    ({"documentedArea": "12,5"}, "input.bad_decimal", "documentedArea"),
    ({"documentedArea": 12.5}, "input.bad_decimal", "documentedArea"),
    ({"documentedArea": "12.555"}, "input.too_precise", "documentedArea"),
    ({"documentedArea": "-1"}, "input.too_small", "documentedArea"),
    ({"documentedArea": "1" * 20}, "input.too_large", "documentedArea"),
    ({"colour": "red"}, "input.bad_variables", ""),
    ({"commune": {"id": "7"}}, "input.bad_id", "commune.id"),
    ({"commune": {"id": NOBODY, "local": "x"}}, "input.bad_variables", "commune"),
    ({"commune": {}}, "input.bad_variables", "commune"),
    ({"commune": {"local": "x"}}, "input.unknown_local", "commune"),
    (shaped({"type": "Polygon"}), "input.bad_geojson", "geometry.geoJson"),
    (shaped({"type": "Feature", "geometry": None}), "input.bad_geojson", "geometry.geoJson"),
    (shaped("POINT (1 2)"), "input.bad_geojson", "geometry.geoJson"),
    (shaped({**polygon(SQUARE), "crs": {}}), "input.bad_geojson", "geometry.geoJson"),
    (shaped(polygon([[[1, "2"]]])), "input.bad_geojson", "geometry.geoJson"),
    (shaped(polygon([[[540000, 1750000], [540020, 1750000]]])), "input.bad_geometry", "geometry"),
    (shaped(polygon([])), "input.empty_geometry", "geometry"),
    (shaped(polygon([[[*place, 3.5] for place in SQUARE[0]]])), "input.not_flat", "geometry"),
    (shaped({"type": "Point", "coordinates": [540000, 1750000]}), "input.other_shape", "geometry"),
    (shaped(polygon(SQUARE), "CRS84"), "input.outside_crs_area", "geometry"),
    (shaped(polygon(SQUARE), "EPSG:6959"), "input.swapped_crs", "geometry.crs"),
    (shaped(polygon(SQUARE), "EPSG:999999"), "input.unknown_crs", "geometry"),
    (shaped(polygon(SQUARE), "vn2000"), "input.bad_crs", "geometry.crs"),
]


def test_values_that_cannot_be_read(province: Agency) -> None:
    commune, told = {"id": province.ids["commune"]}, []
    for values, *_ in VALUES:
        bad = parcel(commune, "2")
        bad["registerParcel"]["values"] |= values
        status, said = province.refused(parcel(commune, "1"), bad)
        told.append((values, status, said["code"], said["where"]["path"]))
    path = "acts[1].registerParcel.values."
    assert told == [(values, 400, code, (path + field).rstrip(".")) for values, code, field in VALUES]


ACTS = [
    ({"changeParcel": {"id": NOBODY, "values": {}}}, 400, "input.nothing_said", "acts[0].changeParcel.values"),
    (
        {"changeParcel": {"id": NOBODY, "values": {"status": None}}},
        400,
        "input.required",
        "acts[0].changeParcel.values.status",
    ),
    (
        {"changeParcel": {"id": NOBODY, "from": "2020-01-01T00:00", "values": {"address": "x"}}},
        400,
        "input.naive_timestamp",
        "acts[0].changeParcel.from",
    ),
    (
        {"changeParcel": {"id": NOBODY, "from": "infinity", "values": {"address": "x"}}},
        400,
        "input.bad_instant",
        "acts[0].changeParcel.from",
    ),
    (
        {"changeParcel": {"id": NOBODY, "from": "2020-01-01", "to": "2019-01-01", "values": {"address": "x"}}},
        400,
        "versions.end_before_begin",
        "acts[0].changeParcel",
    ),
    (
        {"changeParcel": {"id": NOBODY, "from": "2020-01-01", "values": {"address": "x"}}},
        404,
        "versions.no_such_record",
        "acts[0].changeParcel",
    ),
    (
        {"changeParcel": {"id": NOBODY, "values": {"address": "x"}, "expectedVersion": "beef"}},
        400,
        "input.bad_pattern",
        "acts[0].changeParcel.expectedVersion",
    ),
    ({"endRight": {"id": NOBODY}}, 400, "input.bad_variables", "acts[0].endRight"),
    ({"endRight": {"id": NOBODY, "at": "2020-01-01"}}, 404, "versions.no_such_record", "acts[0].endRight"),
    ({}, 400, "input.bad_variables", "acts[0]"),
    (
        {"retractParcel": {"id": NOBODY}, "retractRight": {"id": NOBODY}},
        400,
        "input.bad_variables",
        "acts[0]",
    ),
]


def test_acts_that_cannot_be_done(agency: Agency) -> None:
    told = []
    for act, *_ in ACTS:
        status, said = agency.refused(act, kind="CORRECTION", approvedBy="minh.le")
        told.append((act, status, said["code"], said["where"]["path"]))
    assert told == ACTS


PROVENANCE: list[tuple[dict[str, Any], int, str, str | None]] = [
    ({"key": "k" * 201}, 400, "input.too_long", "idempotencyKey"),
    ({"key": "a\x00b"}, 400, "input.control_character", "idempotencyKey"),
    ({"kind": "CREATION"}, 400, "input.bad_variables", "provenance.kind"),
    ({"agency": " "}, 400, "input.empty", "provenance.agency"),
    ({"agency": None}, 400, "input.bad_variables", "provenance.agency"),
    ({"documentDate": "2020-02-30"}, 400, "input.bad_date", "provenance.documentDate"),
    ({"documentDigest": "00"}, 400, "input.bad_pattern", "provenance.documentDigest"),
    ({"reason": "x" * 4_001}, 400, "input.too_long", "provenance.reason"),
    ({"sourceRecordedAt": "2020-01-01T00:00"}, 400, "input.naive_timestamp", "provenance.sourceRecordedAt"),
    ({"recordedBy": "minh.le"}, 400, "input.bad_variables", "provenance"),
    ({"kind": "REDACTION", "approvedBy": "minh.le"}, 409, "ledger.redaction_has_no_acts", None),
]


def test_on_whose_word_it_stands_must_be_readable(agency: Agency) -> None:
    told = []
    for given, *_ in PROVENANCE:
        status, said = agency.refused(person("An"), **given)
        told.append((given, status, said["code"], said.get("where", {}).get("path")))
    assert told == PROVENANCE


def test_everything_that_is_wrong_is_told_at_once(province: Agency) -> None:
    acts = [person("", birthDate="1956"), person("An", status="NONE"), person("Bình", status="LOST")]
    response = province.record(*acts, agency=" ")
    told = [(one["extensions"]["where"]["path"], one["path"]) for one in response.json()["errors"]]
    assert told == [
        ("provenance.agency", ["recordChange"]),
        ("acts[0].registerPerson.values.fullName", ["recordChange"]),
        ("acts[1].registerPerson.values.status", ["recordChange"]),
        ("acts[2].registerPerson.values.status", ["recordChange"]),
    ]
    many = province.record(*[person("An", status="NONE")] * 50).json()["errors"]
    assert len(many) == 20


def test_a_name_belongs_to_one_record_of_a_change(province: Agency) -> None:
    status, said = province.refused(person("An", local="a"), person("Bình", local="a"))
    assert (status, said["code"], said["where"]["path"]) == (400, "input.local_twice", "acts[1].registerPerson.local")


def test_both_media_types_tell_the_same(province: Agency) -> None:
    bad, good = change(person("An", status="NONE")), change(person("An"))
    for given, strict in ((bad, 400), (good, 200)):
        answers = [province.send(RECORD, {"input": given}, headers={"accept": kind}) for kind in (GRAPHQL, JSON, "*/*")]
        assert [one.status_code for one in answers] == [strict, 200, 200]
        assert [one.headers["content-type"].split(";")[0] for one in answers] == [GRAPHQL, JSON, JSON]
        assert answers[1].content == answers[2].content
        told = [one.json() for one in answers]
        assert told[0].keys() == told[1].keys()
        assert told[0].get("errors") == told[1].get("errors")
    assert [one["data"]["recordChange"]["replayed"] for one in told] == [False, True, True]


def test_rules_and_keys_of_the_register_are_kept(province: Agency) -> None:
    again = {"registerUnit": {"from": "2001-01-01", "values": {"code": "48", "name": "Khác", "level": "PROVINCE"}}}
    status, said = province.refused(again)
    assert (status, said["code"], said["where"]["key"]) == (409, "versions.duplicate_key", "code")
    dangling = parcel({"id": province.ids["commune"]}, "1", begin="1990-01-01")
    status, said = province.refused(dangling)
    assert (status, said["code"]) == (409, "versions.dangling_reference")
    assert said["where"]["path"] == "acts[0].registerParcel"
    right = {"parcel": {"local": "p"}, "holder": {"local": "h"}, "kind": "USE", "share": "2/3"}
    rights = [{"registerRight": {"from": "2012-01-01", "values": right}} for _ in range(2)]
    both = (parcel({"id": province.ids["commune"]}, "1", local="p"), person("An", local="h"))
    status, said = province.refused(*both, *rights)
    assert (status, said["code"]) == (422, "land.shares_exceed_one")


def test_more_changes_than_may_be_asked_at_once_are_refused_before_any(province: Agency) -> None:
    head = province.head()
    roots = " ".join(f"r{n}: recordChange(input: $input) {{ position }}" for n in range(21))
    text = f"mutation($input: ChangeInput!) {{ ...all }} fragment all on Mutation {{ {roots} }}"
    response = province.send(text, {"input": change(person("An"))})
    assert (response.status_code, province.head()) == (400, head)
    assert response.json()["errors"][0]["extensions"]["code"] == "question.too_large"


def test_what_is_wrong_in_the_selection_does_not_undo_what_was_recorded(province: Agency) -> None:
    text = "mutation($input: ChangeInput!) { recordChange(input: $input) { position changed(first: 1001) { id } } }"
    response = province.send(text, {"input": change(person("An"))})
    body = response.json()
    assert body["data"]["recordChange"] == {"position": str(province.head()), "changed": None}
    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["recordChange", "changed"], "question.bad_page")


def test_literals_are_read_as_variables_are(province: Agency) -> None:
    text = """mutation { recordChange(input: {idempotencyKey: "literal", provenance: {kind: REGISTRATION, agency: "Sở"},
      acts: [{registerParcel: {from: "2010-05-06", values: {commune: {id: "%s"}, numberingCommune: {id: "%s"}, mapSheet: "1",
      parcelNumber: "2", status: "CURRENT", geometry: {crs: "EPSG:5899", geoJson: {type: "Polygon", coordinates:
      [[[540000, 1750000], [540020, 1750000], [540020, 1750020], [540000, 1750000]]]}}}}}]}) { written } }"""
    here = province.ids["commune"]
    body = province.send(text % (here, here), {}).json()
    assert body == {"data": {"recordChange": {"written": True}}}
    wrong = province.send((text % (here, here)).replace('"CURRENT"', "CURRENT"), {})
    assert wrong.status_code == 400
