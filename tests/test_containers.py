"""The containers, read as text: pinned, not root, healthy or finished, and no secret outside a file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

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
    assert str(service["user"]) in ({"0"} if name == "secrets" else {"10001", "postgres"})


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
