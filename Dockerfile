FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --profile dist --locked -p identity -p enterprise-registry -p membership -p reporting -p steering

FROM debian:bookworm-slim
# The base image is updated as a whole; pinned versions vanish from its archive.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home app \
    && install -d -o app /clients
COPY --from=build /source/target/dist/identity /source/target/dist/enterprise-registry \
    /source/target/dist/membership /source/target/dist/reporting /source/target/dist/steering /usr/local/bin/
COPY deploy/entrypoint deploy/create-clients deploy/healthcheck /usr/local/bin/
USER 10001
EXPOSE 8080
ENTRYPOINT ["entrypoint"]
