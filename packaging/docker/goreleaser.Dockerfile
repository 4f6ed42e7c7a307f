# The image of a release: the binary was built already. The Dockerfile of the repository makes the same of the source.
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/ifsev /usr/bin/ifsev
COPY packaging/docker/ifsev.yaml /etc/ifsev/ifsev.yaml
COPY --chown=65532:65532 packaging/docker/rules /etc/ifsev/rules
COPY --chown=65532:65532 packaging/docker/rules /var/lib/ifsev
USER 65532:65532
WORKDIR /var/lib/ifsev
VOLUME /var/lib/ifsev
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/ifsev"]
CMD ["serve", "--config=/etc/ifsev/ifsev.yaml", "--log=json"]
