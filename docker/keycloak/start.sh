#!/usr/bin/env bash
# Starts Keycloak with the realm `province`.  It knows secrets only from its environment, so they are read from files here.
set -euo pipefail
export KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD KEYCLOAK_PORTAL_SECRET KEYCLOAK_LAND_OFFICE_SECRET KEYCLOAK_TAX_SECRET
KC_BOOTSTRAP_ADMIN_PASSWORD=$(</run/secrets/keycloak_admin_password)
KEYCLOAK_PORTAL_SECRET=$(</run/secrets/keycloak_portal_secret)
KEYCLOAK_LAND_OFFICE_SECRET=$(</run/secrets/keycloak_land_office_secret)
KEYCLOAK_TAX_SECRET=$(</run/secrets/keycloak_tax_secret)
exec /opt/keycloak/bin/kc.sh start-dev --import-realm
