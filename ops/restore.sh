#!/bin/sh
# Bring a backup back into an empty place: no database file, or an empty PostgreSQL database. Stop Linli first.
#
#   ops/restore.sh FOLDER/20261121T020000Z   the database of that instant, and photos from FOLDER/photos
#   ops/restore.sh --keys FOLDER             the keys; before Linli starts, or it makes new ones
#
# Reads LINLI_DATA and LINLI_DATABASE_URL as the server does. Never overwrites: move the old data away first.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

refuse() { echo "$1" >&2; exit 1; }

keys() {
    mkdir -p "$DATA"
    for name in secret_key field_keys; do
        [ -f "$1/$name" ] || continue
        if [ -e "$DATA/$name" ] && ! cmp -s "$1/$name" "$DATA/$name"; then
            refuse "$DATA/$name is there and is another one: move it away first"
        fi
        cp "$1/$name" "$DATA/$name"
        chmod 600 "$DATA/$name"
    done
    echo "keys: in $DATA"
}

database() {
    case "$ENGINE" in
        sqlite)
            for file in "$SQLITE" "$SQLITE-wal" "$SQLITE-shm"; do
                [ ! -e "$file" ] || refuse "$file is there: move it away first"
            done
            mkdir -p "$(dirname "$SQLITE")"
            cp "$1/linli.sqlite3" "$SQLITE.part"
            mv "$SQLITE.part" "$SQLITE" ;;
        postgres)
            tables=$(psql -XAtqc "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
            [ "$tables" = 0 ] || refuse "database $PGDATABASE has $tables tables: give an empty one"
            pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$PGDATABASE" "$1/linli.dump" ;;
    esac
}

photos() {
    [ -d "$1" ] || { echo "no photos beside this backup"; return; }
    mkdir -p "$DATA/photos"
    (cd "$1" && find . -type f ! -name '.*' -print0 | tar -cf - --null --no-recursion --files-from=-) | tar -xf - -C "$DATA/photos" --skip-old-files
    echo "photos: in $DATA/photos"
}

if [ "${1:-}" = --keys ] && [ $# -eq 2 ]; then keys "$2"; exit; fi
[ $# -eq 1 ] && [ -f "$1/SHA256SUMS" ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
(cd "$1" && sha256sum --check --quiet SHA256SUMS) || refuse "the backup was altered or is cut: nothing was restored"
case "$ENGINE" in
    sqlite) [ -f "$1/linli.sqlite3" ] || refuse "this is a backup of PostgreSQL; LINLI_DATABASE_URL names SQLite" ;;
    postgres) [ -f "$1/linli.dump" ] || refuse "this is a backup of SQLite; LINLI_DATABASE_URL names PostgreSQL" ;;
esac
database "$1"
photos "$(dirname "$1")/photos"
echo "restored. Now: linli migrate (a newer version), linli verify --photos 1, then start the services"
