# shellcheck shell=sh
# The private PostgreSQL cluster: its place, its socket, its start and stop. Sourced after steps.sh and system.sh.
# Never a TCP port, never the system's clusters or service. Why it is built so: docs/decisions/0001.
#
# cluster_open NAME sets, for the cluster of that name under MINGCHA_VAR:
#   cluster_data    absolute path of the data folder (it may not exist yet)
#   cluster_user    who runs the server: the owner of the data; for a new one root chooses postgres, anyone else himself
#   cluster_durable yes | no (throw-away data of the tests)
# cluster_start also sets
#   cluster_socket  folder of the unix socket, 0700
#   cluster_started yes | no (it ran already)

# sockaddr_un holds 107 bytes; "/.s.PGSQL.5432" takes 14 of them.
SOCKET_FOLDER_LONGEST=93

# What the caller's shell says about other servers must not lead us to them.
unset PGDATA PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS \
    PGSSLMODE PGCLIENTENCODING PGTZ PG_COLOR

cluster_open() {
    cluster_name=$1
    cluster_link=$MINGCHA_VAR/$1
    cluster_durable=yes
    [ "$1" != test-postgres ] || cluster_durable=no
    cluster_place
    cluster_choose_user
}

# The data folder, or where it has been put: under root's home no other user can reach it.
cluster_place() {
    if [ -d "$cluster_link" ]; then
        cluster_data=$(cd -P "$cluster_link" 2>/dev/null && pwd -P) ||
            die "数据库目录属于其他用户 $cluster_link belongs to someone else" "请用原来的用户运行 run it as that user."
    elif [ -L "$cluster_link" ]; then
        die "数据库目录不见了 $cluster_link points to a folder that is gone: $(readlink "$cluster_link")" \
            "请从备份恢复；若确认放弃旧数据，删除该链接后重新运行。" \
            "Restore it from a backup, or remove the link to begin with an empty database."
    else
        cluster_data=$cluster_link
        cluster_move_out_of_private_folders
    fi
}

# Root's home is closed to the server's user; then the data lies under /var/lib and var/ holds a link to it.
cluster_move_out_of_private_folders() {
    [ "$(id -u)" -eq 0 ] || return 0
    cluster_user=$(cluster_unprivileged_user)
    as_server test -x "$MINGCHA_VAR/." && return 0
    cluster_data=/var/lib/mingcha-$(printf %s "$cluster_link" | cksum | cut -d ' ' -f 1)/$cluster_name
    if [ -d "$cluster_data" ]; then
        note "沿用以前的数据 earlier data of this folder is used again: $cluster_data"
        ln -s "$cluster_data" "$cluster_link"
    fi
}

cluster_choose_user() {
    if [ -d "$cluster_data" ]; then
        # shellcheck disable=SC2012 # the owner of one known path
        cluster_user=$(ls -ld "$cluster_data" | awk '{ print $3 }')
        [ "$cluster_user" = "$(id -un)" ] || [ "$(id -u)" -eq 0 ] ||
            die "数据库目录属于 $cluster_user: $cluster_data" "请用该用户或 root 运行 run it as $cluster_user or root."
        [ "$cluster_user" != root ] || [ -z "$(ls -A "$cluster_data")" ] ||
            die "数据库目录属于 root，PostgreSQL 不能以 root 运行: $cluster_data" "chown -R postgres $cluster_data"
    fi
    if [ ! -d "$cluster_data" ] || [ "$cluster_user" = root ]; then
        cluster_user=$(id -un)
        [ "$(id -u)" -ne 0 ] || cluster_user=$(cluster_unprivileged_user)
    fi
}

cluster_unprivileged_user() {
    for name in postgres nobody; do
        id -u "$name" >/dev/null 2>&1 && echo "$name" && return 0
    done
    die "找不到非特权用户 no unprivileged user (postgres, nobody) to run PostgreSQL as"
}

# as_server COMMAND …: as cluster_user, from a folder that every user may enter.
as_server() {
    if [ "$cluster_user" = "$(id -un)" ]; then
        (cd / && exec "$@")
    else
        (cd / && HOME=/ exec setpriv --reuid="$cluster_user" --regid="$(id -g "$cluster_user")" --init-groups -- "$@")
    fi
}

cluster_start() {
    cluster_started=no # read by bin/serve and bin/test
    cluster_lock
    cluster_binaries
    if ! cluster_is_up; then
        cluster_make
        cluster_clear_leftovers
        cluster_configure
        cluster_launch
        # shellcheck disable=SC2034 # read by the caller
        cluster_started=yes
    fi
    cluster_furnish
    cluster_unlock
}

cluster_stop() {
    cluster_lock
    cluster_binaries
    if cluster_pid >/dev/null; then
        cluster_find_socket
        as_server "$POSTGRES_BIN/pg_ctl" stop -D "$cluster_data" -m fast -w -t 60 >/dev/null 2>&1 ||
            as_server "$POSTGRES_BIN/pg_ctl" stop -D "$cluster_data" -m immediate -w -t 30 >/dev/null 2>&1 ||
            die "数据库没有停下 the database would not stop" "日志 log: $cluster_data/log"
        rmdir "$cluster_socket" 2>/dev/null || true
    fi
    cluster_unlock
}

cluster_lock() {
    exec 9>"$cluster_link.lock"
    flock -w 120 9 || die "另一个进程正在启动或停止数据库 another start or stop has been under way for two minutes" \
        "锁文件 lock: $cluster_link.lock"
}

cluster_unlock() {
    exec 9>&-
}

cluster_binaries() {
    wanted_major=
    [ ! -r "$cluster_data/PG_VERSION" ] || wanted_major=$(cat "$cluster_data/PG_VERSION")
    postgres_choose && return 0
    [ -n "$wanted_major" ] || die "没有找到带 PostGIS 的 PostgreSQL ≥ $POSTGRES_OLDEST" "请先运行 run bin/setup first."
    die "现有数据由 PostgreSQL $wanted_major 建立，但没有找到它 the data was made by PostgreSQL $wanted_major, which is gone" \
        "Debian/Ubuntu: apt-get install postgresql-$wanted_major postgresql-$wanted_major-postgis-3" \
        "或用 pg_upgrade 升级 or upgrade with pg_upgrade: $cluster_data"
}

# The process that holds the data now. A number in postmaster.pid is not enough: after a crash or a reboot it may be
# anyone's. A server sits in its data folder.
cluster_pid() {
    [ -s "$cluster_data/postmaster.pid" ] || return 1
    read -r found_pid <"$cluster_data/postmaster.pid" || return 1
    cluster_processes | grep -qx "$found_pid" || return 1
    echo "$found_pid"
}

# Asked as the server's own user: root in a container may not look into another user's processes.
cluster_processes() {
    if [ -d /proc/self ]; then
        as_server find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -printf '%h %l\n' 2>/dev/null |
            data=$cluster_data awk '{ pid = $1; sub(/^[^ ]* /, ""); if ($0 == ENVIRON["data"]) print substr(pid, 7) }'
    elif [ -s "$cluster_data/postmaster.pid" ]; then
        head -n 1 "$cluster_data/postmaster.pid" | while read -r listed; do
            kill -0 "$listed" 2>/dev/null && echo "$listed"
        done
    fi
}

# True once the running server answers; it may be replaying its log, or on its way out.
cluster_is_up() {
    waited=0
    while cluster_pid >/dev/null; do
        cluster_find_socket
        [ -z "$cluster_socket" ] || ! "$POSTGRES_BIN/pg_isready" -q -h "$cluster_socket" -p 5432 || return 0
        [ "$waited" -lt 120 ] || die "数据库在运行但没有应答 the database runs but does not answer" \
            "日志 log: $cluster_data/log" "停止 stop it: bin/cluster stop"
        waited=$((waited + 1))
        sleep 1
    done
    return 1
}

# The fifth line of postmaster.pid is the socket folder of the running server.
cluster_find_socket() {
    cluster_socket=$(sed -n 5p "$cluster_data/postmaster.pid" 2>/dev/null)
}

# Made under another name and renamed when complete, so that the data folder is whole or absent. An initdb that outlives
# its caller keeps the lock until it ends, so nobody clears its folder from under it.
cluster_make() {
    if [ -f "$cluster_data/PG_VERSION" ] && [ -f "$cluster_data/global/pg_control" ]; then
        return 0
    fi
    if [ -d "$cluster_data" ] && [ -n "$(ls -A "$cluster_data")" ]; then
        die "数据库目录不完整，未作改动 $cluster_data is not a whole PostgreSQL data folder; nothing was touched" \
            "请从备份恢复，或把它移走后重新运行。 Restore it from a backup, or move it away and run again."
    fi
    making=$cluster_data.making
    rm -rf "$making"
    mkdir -p "$(dirname "$making")"
    mkdir -m 700 "$making"
    [ "$(id -u)" -ne 0 ] || chown "$cluster_user:" "$making"
    set -- -D "$making" -U mingcha --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust --auth-host=reject
    [ "$cluster_durable" = yes ] || set -- "$@" --no-sync
    note "建立数据库 making a PostgreSQL $POSTGRES_MAJOR cluster: $cluster_data"
    [ "$cluster_data" = "$cluster_link" ] ||
        note "（用户 $cluster_user 进不了 cannot enter $MINGCHA_VAR）"
    logged initdb as_server "$POSTGRES_BIN/initdb" "$@" || die "无法建立数据库 initdb failed"
    printf "\ninclude_if_exists = 'mingcha.conf'\ninclude_if_exists = 'local.conf'\n" >>"$making/postgresql.conf"
    [ ! -d "$cluster_data" ] || rmdir "$cluster_data"
    mv "$making" "$cluster_data"
    [ "$cluster_durable" = no ] || sync "$(dirname "$cluster_data")" 2>/dev/null || sync
    [ "$cluster_data" = "$cluster_link" ] || [ -L "$cluster_link" ] || ln -s "$cluster_data" "$cluster_link"
}

# Only when no process holds the data: what a killed server left behind would stop the next one.
cluster_clear_leftovers() {
    waited=0
    while [ -n "$(cluster_processes)" ]; do
        # Orphans of a killed server leave by themselves once they notice; a long query may not.
        [ "$waited" -ne 2 ] || cluster_signal_processes QUIT
        [ "$waited" -ne 6 ] || cluster_signal_processes KILL
        [ "$waited" -lt 20 ] || die "旧的数据库进程没有退出 old server processes remain: $(cluster_processes | tr '\n' ' ')"
        waited=$((waited + 1))
        sleep 1
    done
    cluster_choose_socket
    cluster_drop_stale_pid "$cluster_data/postmaster.pid"
    cluster_drop_stale_pid "$cluster_socket/.s.PGSQL.5432.lock"
}

# PostgreSQL takes over the lock of a dead process by itself, and frees its shared memory. It gives up when the number
# belongs to some other living process of the same user, as it may after a reboot.
cluster_drop_stale_pid() {
    [ -f "$1" ] || return 0
    stale_pid=$(head -n 1 "$1")
    case $stale_pid in
    '' | *[!0-9]*) rm -f "$1" ;;
    *) ! cluster_signal 0 "$stale_pid" || rm -f "$1" ;;
    esac
}

cluster_signal_processes() {
    for leftover in $(cluster_processes); do
        cluster_signal "$1" "$leftover" || true
    done
}

cluster_signal() {
    # shellcheck disable=SC2016 # for the inner shell
    as_server sh -c 'kill -s "$1" "$2"' sh "$1" "$2" 2>/dev/null
}

cluster_choose_socket() {
    id=$(printf %s "$cluster_data" | cksum | cut -d ' ' -f 1)
    if [ -n "${MINGCHA_SOCKET_DIR:-}" ]; then
        cluster_socket=$MINGCHA_SOCKET_DIR
        cluster_socket_is_usable ||
            die "不能用作套接字目录 MINGCHA_SOCKET_DIR cannot be used: $cluster_socket" \
                "须短于 $SOCKET_FOLDER_LONGEST 字节、绝对路径、只含字母数字 . _ - /，属于 $cluster_user，权限 0700。" \
                "It must be absolute, at most $SOCKET_FOLDER_LONGEST bytes of letters, digits, . _ - and /, owned by $cluster_user, mode 0700."
        return 0
    fi
    if [ "$(id -u)" -eq 0 ]; then
        set -- "/run/mingcha-$id" "/tmp/mingcha-0-$id"
    else
        set -- "/tmp/mingcha-$(id -u)-$id" "${XDG_RUNTIME_DIR:-/nonexistent}/mingcha-$id"
    fi
    for cluster_socket in "$@"; do
        cluster_socket_is_usable && return 0
    done
    # Someone else sits on those names.
    cluster_socket=$(mktemp -d /tmp/mingcha-XXXXXXXX)
    [ "$(id -u)" -ne 0 ] || chown "$cluster_user:" "$cluster_socket"
    cluster_socket_is_usable || die "无法建立套接字目录 cannot make a socket folder in /run or /tmp"
}

# Ours, private, real (no link), and short enough; made if absent.
cluster_socket_is_usable() {
    case $cluster_socket in
    *[!A-Za-z0-9/._-]*) return 1 ;;
    /*) ;;
    *) return 1 ;;
    esac
    [ "${#cluster_socket}" -le "$SOCKET_FOLDER_LONGEST" ] || return 1
    if mkdir -m 700 "$cluster_socket" 2>/dev/null && [ "$(id -u)" -eq 0 ]; then
        chown "$cluster_user:" "$cluster_socket"
    fi
    # shellcheck disable=SC2012 # mode and owner of one known path
    ls -ldn "$cluster_socket" 2>/dev/null |
        awk -v uid="$(id -u "$cluster_user")" '{ exit !(substr($1, 1, 10) == "drwx------" && $3 == uid) }'
}

# Written anew at each start; an administrator's own settings go into local.conf, which is read last.
cluster_configure() {
    cluster_settings >"$cluster_data/mingcha.conf.new"
    [ "$(id -u)" -ne 0 ] || chown "$cluster_user:" "$cluster_data/mingcha.conf.new"
    mv "$cluster_data/mingcha.conf.new" "$cluster_data/mingcha.conf"
}

cluster_settings() {
    memory_mb=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null || true)
    memory_mb=${memory_mb:-2048}
    cat <<CONF
# Written by bin/cluster at each start. Put your own settings into local.conf beside this file.
listen_addresses = ''
port = 5432
unix_socket_directories = '$cluster_socket'
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = $(between 64 $((memory_mb / 8)) 1024)MB
effective_cache_size = $(between 256 $((memory_mb / 2)) 16384)MB
work_mem = $(between 4 $((memory_mb / 256)) 32)MB
maintenance_work_mem = $(between 64 $((memory_mb / 32)) 512)MB
max_wal_size = 1GB
random_page_cost = 1.1
# Spatial queries of a few milliseconds: compiling them costs more than running them.
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_line_prefix = '%m [%p] %q%u@%d '
# What people typed stays out of the log.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
CONF
    if [ "$cluster_durable" = yes ]; then
        printf 'fsync = on\nfull_page_writes = on\nsynchronous_commit = on\n'
    else
        printf 'fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n'
    fi
}

# between LOWEST VALUE HIGHEST
between() {
    if [ "$2" -lt "$1" ]; then
        echo "$1"
    elif [ "$2" -gt "$3" ]; then
        echo "$3"
    else
        echo "$2"
    fi
}

# No lock of ours may pass to the server: it would hold it as long as it lives.
cluster_launch() {
    as_server "$POSTGRES_BIN/pg_ctl" start -D "$cluster_data" -w -t 120 -l "$cluster_data/start.log" \
        >/dev/null 2>&1 7>&- 8>&- 9>&- && return 0
    tail -n 20 "$cluster_data/start.log" >&2
    for file in "$cluster_data"/log/*.log; do
        [ ! -e "$file" ] || tail -n 5 "$file" >&2
    done
    die "数据库没有启动 the database did not start" "日志 logs: $cluster_data/start.log, $cluster_data/log/"
}

# The application's role owns nothing, so row-level security binds it.
cluster_furnish() {
    state=$(cluster_sql postgres -At -c "select count(*) filter (where kind = 'role'), count(*) filter (where kind = 'db')
        from (select 'role' as kind from pg_roles where rolname = 'mingcha_app'
              union all select 'db' from pg_database where datname = 'mingcha') as present")
    case $state in
    0*) cluster_sql postgres -c "create role mingcha_app login nosuperuser nocreatedb nocreaterole nobypassrls" ;;
    esac
    case $state in
    *0) cluster_sql postgres -c "create database mingcha owner mingcha" ;;
    esac
    cluster_sql mingcha -c "create extension if not exists postgis"
}

# cluster_sql DATABASE ARGUMENT …
cluster_sql() {
    database=$1
    shift
    PGOPTIONS='-c client_min_messages=warning' "$POSTGRES_BIN/psql" -X -q -v ON_ERROR_STOP=1 \
        -h "$cluster_socket" -p 5432 -U mingcha -d "$database" "$@"
}

# cluster_url ROLE DATABASE
cluster_url() {
    printf 'postgresql+psycopg://%s@/%s?host=%s\n' "$1" "$2" "$cluster_socket"
}
