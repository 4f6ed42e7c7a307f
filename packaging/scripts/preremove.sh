#!/bin/sh
# dpkg says remove, rpm says 0 when the last version goes; an upgrade lets it run.
set -e
[ -d /run/systemd/system ] || exit 0
case "$1" in
remove | 0) systemctl disable --now ifsev.service ;;
esac
