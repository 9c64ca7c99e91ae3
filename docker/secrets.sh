#!/usr/bin/env bash
# Makes the passwords of a new installation, once, as files that only the containers of this project can see.
set -euo pipefail
cd /run/secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
if [ ! -s superuser_password ]; then
    random >superuser_password
fi
if [ ! -s baseregistry_database_url ]; then
    printf 'postgresql://baseregistry:%s@/baseregistry?host=/var/run/postgresql' "$(random)" >baseregistry_database_url
fi
for role in reading writing logging auditing; do # what the service sees; never the owner's
    if [ ! -s "/run/roles/baseregistry_${role}_url" ]; then
        printf 'postgresql://baseregistry_%s:%s@/baseregistry?host=/var/run/postgresql' "$role" "$(random)" >"/run/roles/baseregistry_${role}_url"
    fi
done
for name in keycloak_admin_password keycloak_{portal,land_office,tax}_secret; do # for the profile `identity`
    if [ ! -s "$name" ]; then
        random >"$name"
    fi
done
chmod 0444 keycloak_*
chmod 0444 superuser_password baseregistry_database_url /run/roles/* # as Docker's own secrets: each container has its own user
