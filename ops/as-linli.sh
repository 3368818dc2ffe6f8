#!/bin/sh
# Run a command as the services run: as user linli, with the settings of /etc/linli/linli.env.
#   ops/as-linli.sh linli verify
set -eu
export PATH="/opt/linli/venv/bin:$PATH"
exec runuser -u linli -- sh -c 'set -a; . /etc/linli/linli.env; set +a; umask 027; exec "$@"' sh "$@"
