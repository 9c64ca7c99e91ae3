# syntax=docker/dockerfile:1
# The service as an image: the locked packages, the pages' files, our code, and a user who is not root.

FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/baseregistry \
    && /opt/baseregistry/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY baseregistry ./baseregistry

FROM node:22-bookworm-slim AS pages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
RUN mkdir -p baseregistry/graphql && npm run --silent assets

FROM packages AS built
COPY --from=pages /build/baseregistry/graphql/static ./baseregistry/graphql/static
RUN /opt/baseregistry/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /data baseregistry && chmod 0700 /data
COPY --from=built /opt/baseregistry /opt/baseregistry
ENV PATH=/opt/baseregistry/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BASEREGISTRY_DATA=/data
VOLUME /data
WORKDIR /data
USER 10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz\", timeout=4)"]
ENTRYPOINT ["baseregistry"]
CMD ["serve"]
