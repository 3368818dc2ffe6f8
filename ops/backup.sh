#!/bin/sh
# Back up one Linli: the database, and photos that are new since the last time. Linli goes on working meanwhile.
#
#   ops/backup.sh FOLDER          a new folder FOLDER/20261121T020000Z with the database; photos in FOLDER/photos
#   ops/backup.sh --keys FOLDER   the keys, which must not lie beside the rest
#
# Reads LINLI_DATA and LINLI_DATABASE_URL as the server does. Needs python3; with PostgreSQL pg_dump of its version.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

keys() {
    mkdir -p "$1"
    for name in secret_key field_keys; do
        if [ -f "$DATA/$name" ]; then cp "$DATA/$name" "$1/$name"; else echo "$name is given by the environment: keep it as you keep that" ; fi
    done
    echo "keys: $1"
}

database() {
    case "$ENGINE" in
        sqlite)
            # The online copy of SQLite: a state of one instant, while others write.
            "$PYTHON" - "$SQLITE" "$1/linli.sqlite3" <<'PYTHON'
import sqlite3, sys
source, copy = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True), sqlite3.connect(sys.argv[2])
source.backup(copy)
copy.execute("PRAGMA journal_mode=DELETE")
found = copy.execute("PRAGMA integrity_check").fetchone()[0]
if found != "ok":
    sys.exit(f"the copy is not whole: {found}")
PYTHON
            (cd "$1" && sha256sum linli.sqlite3 > SHA256SUMS) ;;
        postgres)
            pg_dump --format=custom --no-owner --no-privileges --file="$1/linli.dump"
            pg_restore --list "$1/linli.dump" > /dev/null
            (cd "$1" && sha256sum linli.dump > SHA256SUMS) ;;
    esac
}

photos() {
    # Photos are named by their content and never change: only new names are copied, each beside its place and renamed.
    if [ -n "${LINLI_S3_BUCKET:-}" ]; then echo "photos: in bucket $LINLI_S3_BUCKET; back it up there (versioning, replication)"; return; fi
    mkdir -p "$1" "$DATA/photos"
    (cd "$DATA/photos" && find . -type f ! -name '.*' | LC_ALL=C sort) > "$WORK/here"
    (cd "$1" && find . -type f ! -name '.*' | LC_ALL=C sort) > "$WORK/there"
    LC_ALL=C comm -23 "$WORK/here" "$WORK/there" > "$WORK/new"
    while IFS= read -r name; do
        mkdir -p "$1/$(dirname "$name")"
        part="$1/$(dirname "$name")/.part"
        # swept since the list was made: nothing names it
        if cp "$DATA/photos/$name" "$part" 2>/dev/null; then mv "$part" "$1/$name"; elif [ -e "$DATA/photos/$name" ]; then exit 1; fi
    done < "$WORK/new"
    echo "photos: $(wc -l < "$WORK/new") new"
}

if [ "${1:-}" = --keys ] && [ $# -eq 2 ]; then keys "$2"; exit; fi
[ $# -eq 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT
stamp=$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$1"
mkdir "$1/$stamp.part"
database "$1/$stamp.part" # first: every photo that it names is there when photos are copied after it
photos "$1/photos"
mv "$1/$stamp.part" "$1/$stamp" # whole only under this name
echo "$1/$stamp"
