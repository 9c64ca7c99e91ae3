#!/usr/bin/env bash
# Makes the service's role and database, when PostgreSQL's data folder is new.  The role owns its database, no more.
set -euo pipefail
url=$(cat /run/secrets/baseregistry_database_url)
password=${url#*://baseregistry:}
password=${password%%@*}
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres --set "password=$password" <<'SQL'
CREATE ROLE baseregistry LOGIN PASSWORD :'password';
CREATE DATABASE baseregistry OWNER baseregistry ENCODING 'UTF8' TEMPLATE template0;
\connect baseregistry
CREATE EXTENSION postgis SCHEMA public;
CREATE EXTENSION btree_gist SCHEMA public;
CREATE EXTENSION unaccent SCHEMA public;
CREATE EXTENSION pg_trgm SCHEMA public;
GRANT INSERT, UPDATE ON public.spatial_ref_sys TO baseregistry;
SQL
