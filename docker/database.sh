#!/usr/bin/env bash
# Makes the roles and the database, when PostgreSQL's data folder is new.  The owner owns its database, no more; what the
# other roles may do, `migrate` grants.
set -euo pipefail
password() { # in the URL that a file holds
    local url
    url=$(cat "$1")
    url=${url#*://*:}
    printf %s "${url%%@*}"
}
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set "owner=$(password /run/secrets/baseregistry_database_url)" \
    --set "reading=$(password /run/roles/baseregistry_reading_url)" \
    --set "writing=$(password /run/roles/baseregistry_writing_url)" \
    --set "logging=$(password /run/roles/baseregistry_logging_url)" \
    --set "auditing=$(password /run/roles/baseregistry_auditing_url)" <<'SQL'
CREATE ROLE baseregistry LOGIN PASSWORD :'owner';
CREATE ROLE baseregistry_reading LOGIN PASSWORD :'reading';
CREATE ROLE baseregistry_writing LOGIN PASSWORD :'writing';
CREATE ROLE baseregistry_logging LOGIN PASSWORD :'logging';
CREATE ROLE baseregistry_auditing LOGIN PASSWORD :'auditing';
CREATE DATABASE baseregistry OWNER baseregistry ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE baseregistry FROM PUBLIC;
GRANT CONNECT ON DATABASE baseregistry TO baseregistry_reading, baseregistry_writing, baseregistry_logging, baseregistry_auditing;
GRANT TEMPORARY ON DATABASE baseregistry TO baseregistry_writing;
\connect baseregistry
CREATE EXTENSION postgis SCHEMA public;
CREATE EXTENSION btree_gist SCHEMA public;
CREATE EXTENSION unaccent SCHEMA public;
CREATE EXTENSION pg_trgm SCHEMA public;
GRANT INSERT, UPDATE ON public.spatial_ref_sys TO baseregistry;
SQL
