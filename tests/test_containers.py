"""The containers, read as text: pinned, not root, healthy or finished, and no secret outside a file."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from baseregistry.settings import Issuer

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ONCE = {"secrets", "migrate", "seed"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "ports" not in service, "the service answers the loopback address, the database a Unix socket"
    assert str(service["user"]) in ({"0"} if name == "secrets" else {"10001", "1000", "postgres"})


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_healthy_or_finishes(name: str) -> None:
    service = SERVICES[name]
    if name in ONCE:
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]


def test_the_order_of_the_start() -> None:
    waits = {
        name: {on: how["condition"] for on, how in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    assert waits["database"] == {"secrets": "service_completed_successfully"}
    assert waits["migrate"] == {"database": "service_healthy"}
    assert waits["service"] == waits["seed"] == {"migrate": "service_completed_successfully"}


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_are_files(name: str) -> None:
    environment: dict[str, str] = SERVICES[name].get("environment", {})
    assert [
        key for key in environment if re.search("PASSWORD|SECRET|TOKEN|URL", key) and not key.endswith("_FILE")
    ] == []


def test_every_volume_is_declared_and_every_file_is_there() -> None:
    sources = [mount.split(":")[0] for service in SERVICES.values() for mount in service["volumes"]]
    assert {source for source in sources if not source.startswith(".")} == set(COMPOSE["volumes"])
    assert all((ROOT / source).exists() for source in sources if source.startswith("."))


def test_the_realm_has_a_client_for_each_agency_and_no_secret() -> None:
    realm = json.loads((ROOT / "docker" / "keycloak" / "realm.json").read_text(encoding="utf-8"))
    assert realm["realm"] == "province"
    clients = {client["clientId"]: client for client in realm["clients"]}
    assert set(clients) == {"portal", "land-office", "tax"}
    for name, client in clients.items():
        assert client["secret"] == f"${{KEYCLOAK_{name.upper().replace('-', '_')}_SECRET}}"
        assert client["serviceAccountsEnabled"]
        assert not client["publicClient"]
        flows = [value for flow, value in client.items() if flow.endswith(("FlowEnabled", "GrantsEnabled"))]
        assert flows == [False, False, False]
        (mapper,) = client["protocolMappers"]
        assert mapper["protocolMapper"] == "oidc-audience-mapper"
        assert mapper["config"]["included.custom.audience"] == "baseregistry"
        assert mapper["config"]["access.token.claim"] == "true"
    assert "users" not in realm


def secrets_made(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What the script makes at its first start, and leaves at its second: the owner's secrets, and the service's."""
    script = (ROOT / "docker" / "secrets.sh").read_text(encoding="utf-8")
    for name in ("secrets", "roles"):
        (folder / name).mkdir()
        script = script.replace(f"/run/{name}", str(folder / name))
    found = []
    for _ in range(2):
        subprocess.run(["bash", "-c", script], check=True)
        found.append(
            [{file.name: file.read_text() for file in (folder / name).iterdir()} for name in ("secrets", "roles")]
        )
    assert found[0] == found[1]
    return found[0][0], found[0][1]


def test_the_service_sees_the_roles_and_not_the_owner(tmp_path: Path) -> None:
    owners, services = secrets_made(tmp_path)
    assert set(services) == {
        f"{field}"
        for field in (
            "baseregistry_reading_url",
            "baseregistry_writing_url",
            "baseregistry_logging_url",
            "baseregistry_auditing_url",
        )
    }
    urls = [*services.values(), owners["baseregistry_database_url"]]
    passwords = {conninfo_to_dict(url)["password"] for url in urls}
    assert len(passwords) == len(urls)
    mounted = {
        name: [mount for mount in service["volumes"] if ":/run/secrets" in mount] for name, service in SERVICES.items()
    }
    assert mounted["service"] == ["roles:/run/secrets:ro"]
    assert mounted["migrate"] == mounted["seed"] == ["secrets:/run/secrets:ro"]
    made = (ROOT / "docker" / "database.sh").read_text(encoding="utf-8")
    for url in urls:
        assert f"CREATE ROLE {conninfo_to_dict(url)['user']} LOGIN PASSWORD" in made


def test_the_password_is_taken_out_of_each_url(tmp_path: Path) -> None:
    script = (ROOT / "docker" / "database.sh").read_text(encoding="utf-8")
    function = script[script.index("password()") : script.index("psql")]
    (tmp_path / "url").write_text("postgresql://baseregistry_reading:0a1b2c@/baseregistry?host=/var/run/postgresql")
    program = f"set -euo pipefail\n{function}\npassword {tmp_path / 'url'}"
    assert subprocess.run(["bash", "-c", program], check=True, capture_output=True, text=True).stdout == "0a1b2c"


def test_every_secret_of_the_identity_provider_is_made_and_read(tmp_path: Path) -> None:
    made, _ = secrets_made(tmp_path)
    start = (ROOT / "docker" / "keycloak" / "start.sh").read_text(encoding="utf-8")
    read = dict(re.findall(r"^(\w+)=\$\(</run/secrets/(\w+)\)$", start, re.MULTILINE))
    assert set(read.values()) == {name for name in made if name.startswith("keycloak_")}
    assert all(re.fullmatch("[0-9a-f]{48}", made[name]) for name in read.values())
    assert len(set(made.values())) == len(made)
    exported = re.findall(r"^export (.*)$", start, re.MULTILINE)[0].split()
    assert set(read) <= set(exported)
    realm = (ROOT / "docker" / "keycloak" / "realm.json").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", realm)) == set(read) - {"KC_BOOTSTRAP_ADMIN_PASSWORD"}


def test_the_issuer_of_the_guide_is_the_one_that_compose_starts() -> None:
    environment = SERVICES["identity"]["environment"]
    assert environment["KC_HOSTNAME"] == f"http://{environment['KC_HTTP_HOST']}:{environment['KC_HTTP_PORT']}"
    guide = (ROOT / "docs" / "how-to" / "connect-an-identity-provider.md").read_text(encoding="utf-8")
    said = re.findall(r"^export BASEREGISTRY_ISSUERS='(.*?)'$", guide, re.MULTILINE | re.DOTALL)
    issuers = [Issuer.model_validate_json(each) for each in said]
    assert f"{environment['KC_HOSTNAME']}/realms/province" in {issuer.issuer for issuer in issuers}
    assert {issuer.keys for issuer in issuers} == {
        f"{issuer.issuer}/protocol/openid-connect/certs" for issuer in issuers
    }
    assert {issuer.audience for issuer in issuers} == {"baseregistry"}


def test_images_are_pinned() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images = [service["image"] for service in SERVICES.values()]
    assert len(bases) >= 3
    assert all(":" in image and not image.endswith(":latest") for image in bases if image != "packages")
    assert all("latest" not in image or image.startswith("baseregistry:") for image in images)


def test_the_image_is_not_root_and_says_how_it_is() -> None:
    last = DOCKERFILE.split("FROM ")[-1]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/readyz" in last
    assert "/readyz" in SERVICES["service"]["healthcheck"]["test"][-1]
    assert "--require-hashes" in DOCKERFILE


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for source in line.split():
            assert (ROOT / source).exists(), source
            assert source in kept


def test_the_database_of_the_containers_is_set_as_the_embedded_one() -> None:
    from baseregistry import postgresql

    embedded = postgresql.configuration(Path("/socket"), connections=100, durable=True)
    ours = (ROOT / "docker" / "postgresql.conf").read_text(encoding="utf-8")
    measured = {"shared_buffers", "effective_cache_size", "maintenance_work_mem"}
    for line in re.findall(r"^\w.*$", ours, re.MULTILINE):
        assert line in embedded or line.split(" ")[0] in measured
