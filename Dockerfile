# syntax=docker/dockerfile:1
# Both architectures, without emulation, since nothing runs in the stage of the target:
#   docker buildx build --platform linux/amd64,linux/arm64 --tag <registry>/s3-audit-operator:<version> --push .
# The same files without Docker and without a registry: npm run image

# Node and the C library of the image's architecture.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS target

FROM --platform=$BUILDPLATFORM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
ARG TARGETARCH
WORKDIR /src
COPY .npmrc package.json package-lock.json ./
RUN npm install --no-save --ignore-scripts
COPY . .
COPY --from=target / /target/
RUN node scripts/image/main.ts --directory /image \
  --node /target/usr/local/bin/node --root /target --architecture "$TARGETARCH"

# Nothing but what the directory has: Node, its libraries, the certificates of public CAs, the operator. No shell.
FROM scratch
COPY --from=build /image/ /
LABEL org.opencontainers.image.title="s3-audit-operator" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/usr/local/bin MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
EXPOSE 8080
USER 65532:65532
WORKDIR /app
ENTRYPOINT ["/usr/local/bin/node", "--optimize-for-size", "--no-maglev", "--no-sparkplug", "/app/s3-audit-operator.mjs"]
