"""The access register of the bench: one client, for one purpose everywhere and for another in one commune."""

import tempfile
from pathlib import Path

from bench.province import Province

EVERYWHERE, COMMUNE = "bench", "bench-commune"  # purposes
LAW = "Luật Đất đai 31/2024/QH15, Điều 133"
PATHS = (
    *("person.*", "person.version", "person.identifiers.*", "person.rights.*", "person.rights.parcel.*", "parcel.*"),
    *("parcel.commune.*", "parcel.rights.*", "parcel.rights.holder.fullName", "parcel.rights.holder.birthDate"),
    *("parcel.rights.holder.name", "parcel.rights.holder.kind"),
)
CALLERS = f"""
[decision]
agency = "Ủy ban nhân dân thành phố Đà Nẵng"
legal_basis = "{LAW}"
document = "bench"
document_date = 2026-01-01

[[agency]]
code = "BENCH"
name_vi = "Văn phòng đăng ký đất đai"

[[client]]
client_id = "local"
agency = "BENCH"
name = "bench"
"""
PURPOSE = """
[[purpose]]
code = "{purpose}"
title_vi = "{purpose}"
kind = "TASK"
legal_basis = "{law}"

[[grant]]
agency = "BENCH"
purpose = "{purpose}"
name = "{purpose}"
legal_basis = "{law}"
from = 2026-01-01
{where}
paths = [{paths}]
"""


def load(province: Province, unit: str) -> None:
    """Make the province's access register say this; `unit` is the code of the one commune."""
    places = {EVERYWHERE: "everywhere = true", COMMUNE: f'units = ["{unit}"]'}
    paths = ", ".join(f'"{path}"' for path in PATHS)
    granted = "".join(
        PURPOSE.format(purpose=purpose, law=LAW, where=where, paths=paths) for purpose, where in places.items()
    )
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "set"
        folder.mkdir()
        (folder / "bench.toml").write_text(CALLERS + granted, encoding="utf-8")
        tokens = []
        for subject in ("lan.tran", "minh.le"):
            file = Path(made) / subject
            file.write_text(province.command("token", "--subject", subject).stdout.split()[-1], encoding="utf-8")
            tokens.append(str(file))
        province.command("access", "load", str(folder), "--token-file", tokens[0], "--approved-token-file", tokens[1])
