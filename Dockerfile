# syntax=docker/dockerfile:1
# docker build --build-arg VERSION=1.2.3 --build-arg COMMIT="$(git rev-parse HEAD)" -t ifsev .
#
# The binary is static and all there is in the image: no shell, no package manager, no root. The root may be read-only;
# only /var/lib/ifsev is written. There is no HEALTHCHECK: it would need a program in the image that asks, and what runs
# containers asks /healthz and /readyz itself (docs/deploy.md).

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=
ARG COMMIT=
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X main.version=$VERSION -X main.commit=$COMMIT" -o /out/usr/bin/ifsev ./cmd/ifsev
RUN mkdir -p /out/etc/ifsev/rules /out/var/lib && cp packaging/docker/ifsev.yaml /out/etc/ifsev/ifsev.yaml

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out /
COPY --from=build --chown=65532:65532 /out/etc/ifsev/rules /var/lib/ifsev
LABEL org.opencontainers.image.title="ifsev" \
      org.opencontainers.image.source="https://github.com/ifsev/ifsev" \
      org.opencontainers.image.description="If SEV, then …: carries out a company's incident process"
USER 65532:65532
WORKDIR /var/lib/ifsev
VOLUME /var/lib/ifsev
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/ifsev"]
CMD ["serve", "--config=/etc/ifsev/ifsev.yaml", "--log=json"]
