"""A first set for tests that run the real commands: the client of the local issuer, one purpose, what a test opens."""

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from baseregistry.access import loading
from baseregistry.registries.tables import Installation

PURPOSE = "register-keeping"
HEADERS = {"x-purpose": PURPOSE, "x-case": "HS-1"}
SET = """\
[decision]
agency = "Sở Tư pháp"

[[agency]]
code = "H17.10"
name_vi = "Sở Tư pháp"

[[client]]
client_id = "local"
agency = "H17.10"
name = "Bản chạy thử"
issuer = "baseregistry:local"

[[purpose]]
code = "{purpose}"
title_vi = "Ghi nhận biến động"
kind = "TASK"
legal_basis = "Luật Hộ tịch 60/2014/QH13"

[[grant]]
agency = "H17.10"
purpose = "{purpose}"
name = "everything-asked"
legal_basis = "Luật Hộ tịch 60/2014/QH13"
everywhere = true
from = 2015-01-01
paths = [{paths}]
"""


def let_in(engine: sa.Engine, installation: Installation, folder: Path, paths: Iterable[str]) -> None:
    """Load the set, with these paths granted everywhere, into an empty access register; its file stands in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    said = ", ".join(f'"{path}"' for path in paths)
    (folder / "access.toml").write_text(SET.format(purpose=PURPOSE, paths=said), encoding="utf-8")
    loading.load(engine, installation, loading.Load(folder))
