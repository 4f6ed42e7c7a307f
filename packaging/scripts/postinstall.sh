#!/bin/sh
# After an installation nothing is started: there is no configuration yet. After an upgrade what ran goes on, renewed.
set -e
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
systemctl try-restart ifsev.service
