# shellcheck shell=sh
# What the operating system must bring: found, installed on Debian and Ubuntu, or named. Sourced after steps.sh.

POSTGRES_OLDEST=15
OS_RELEASE=${MINGCHA_OS_RELEASE:-/etc/os-release}

# system_packages WANT …: WANT is python, postgres, node, font, chromium. Installs only what is missing.
system_packages() {
    missing=
    for want in "$@"; do
        "have_$want" || missing="$missing $want"
    done
    [ -n "$missing" ] || return 0
    system_is_debian || system_explain "$missing"
    system_may_install || system_ask_for_root "$missing"
    system_install
}

have_python() {
    if [ -x "$ROOT/.venv/bin/python" ] && "$ROOT/.venv/bin/python" -I -S -c '' 2>/dev/null; then
        return 0
    fi
    python_choose
}

have_postgres() {
    postgres_choose
}

# Node fills static/vendor; once that is done (see frontend.sh) it is not needed to run.
have_node() {
    frontend_is_current || { command -v node >/dev/null && command -v npm >/dev/null; }
}

have_testnode() {
    command -v node >/dev/null && command -v npm >/dev/null
}

# Chinese text is drawn on stamped photos.
have_font() {
    [ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] && return 0
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn file 2>/dev/null | head -n 1)" ]
}

have_chromium() {
    [ -n "${MINGCHA_CHROMIUM:-}" ] && [ -x "$MINGCHA_CHROMIUM" ] && return 0
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        if MINGCHA_CHROMIUM=$(command -v "$name"); then
            export MINGCHA_CHROMIUM
            return 0
        fi
    done
    unset MINGCHA_CHROMIUM
    return 1
}

# python_choose: PYTHON = the first interpreter that is new enough and can make a virtual environment.
python_choose() {
    for PYTHON in python3.13 python3.12 python3.11 python3; do
        "$PYTHON" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && return 0
    done
    PYTHON=
    return 1
}

# POSTGRES_BIN = the newest PostgreSQL that has PostGIS; when wanted_major is set, exactly that one.
postgres_choose() {
    POSTGRES_BIN=
    POSTGRES_MAJOR=0
    for bin in ${MINGCHA_POSTGRES_BIN:-/usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin "$(postgres_on_path)"}; do
        postgres_is_in "$bin" || continue
        major=$("$bin/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        [ "$major" -lt "$POSTGRES_OLDEST" ] && continue
        [ "$major" -le "$POSTGRES_MAJOR" ] && continue
        [ "$major" -eq "${wanted_major:-$major}" ] || continue
        postgis_is_in "$bin" "$major" || continue
        POSTGRES_BIN=$bin
        POSTGRES_MAJOR=$major
    done
    [ -n "$POSTGRES_BIN" ]
}

postgres_is_in() {
    [ -x "$1/postgres" ] && [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/psql" ]
}

postgres_on_path() {
    found=$(command -v pg_ctl) && dirname "$(readlink -f "$found")"
}

postgis_is_in() {
    [ -e "/usr/share/postgresql/$2/extension/postgis.control" ] && return 0
    [ -x "$1/pg_config" ] && [ -e "$("$1/pg_config" --sharedir)/extension/postgis.control" ]
}

system_is_debian() {
    [ -r "$OS_RELEASE" ] && command -v apt-get >/dev/null &&
        grep -Eq '^ID(_LIKE)?=.*(debian|ubuntu)' "$OS_RELEASE"
}

system_may_install() {
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

system_explain() {
    set -- "这台机器缺少 this machine lacks:$1"
    die "$@" \
        "请先用系统的包管理器安装 please install first:" \
        "  Python ≥ 3.11 (venv, pip), PostgreSQL ≥ $POSTGRES_OLDEST + PostGIS 3, Node.js ≥ 18 + npm, util-linux (flock, setpriv)," \
        "  中文字体 a CJK font (Noto Sans CJK); 运行测试另需 for tests: Chromium" \
        "    Fedora   dnf install python3 postgresql-server postgis nodejs npm google-noto-sans-cjk-fonts chromium" \
        "    Arch     pacman -S python postgresql postgis nodejs npm noto-fonts-cjk chromium" \
        "    openSUSE zypper install python311 postgresql16-server postgresql16-postgis nodejs npm noto-sans-cjk-fonts chromium" \
        "    macOS    brew install python postgresql@17 postgis node flock font-noto-sans-cjk" \
        "已有 PostGIS 服务器时不必安装 PostgreSQL; with a PostGIS server of your own:" \
        "  DATABASE_URL=postgresql://user:password@host/database bin/serve"
}

system_ask_for_root() {
    die "缺少软件，且没有管理员权限 missing:$1 (not root, no sudo)" \
        "请管理员执行 ask an administrator to run:" \
        "  apt-get install --no-install-recommends $(missing=$1 system_package_names)" \
        "已有 PostGIS 服务器时不必安装 PostgreSQL; with a PostGIS server of your own:" \
        "  DATABASE_URL=postgresql://user:password@host/database bin/serve"
}

system_install() {
    note "正在安装 installing:$missing （首次约 1–3 分钟）"
    logged apt-update as_root apt-get -o DPkg::Lock::Timeout=120 update ||
        note "软件源更新失败，改用现有列表 apt-get update failed; trying with the present lists"
    case $missing in
    *postgres*)
        [ -n "$(postgis_package)" ] || system_explain_old_postgres
        system_keep_main_cluster_away
        ;;
    esac
    # shellcheck disable=SC2046 # a list of package names
    system_apt apt-install $(system_package_names)
}

system_package_names() {
    for want in $missing; do
        case $want in
        python) echo python3 python3-venv ;;
        postgres) postgis_package ;;
        node | testnode) node_packages ;;
        font) echo fonts-noto-cjk ;;
        chromium) echo chromium-headless-shell ;; # half the work of the whole browser
        esac
    done
}

# The PostGIS package brings the server of its major version with it. One that is already installed is preferred.
postgis_package() {
    for bin in /usr/lib/postgresql/*/bin/postgres; do
        major=${bin#/usr/lib/postgresql/}
        major=${major%%/*}
        [ -x "$bin" ] && [ "$major" -ge "$POSTGRES_OLDEST" ] && apt_offers "postgresql-$major-postgis-3" &&
            echo "postgresql-$major postgresql-$major-postgis-3" && return 0
    done
    apt-cache pkgnames postgresql- 2>/dev/null | sed -n 's/^postgresql-\([0-9]*\)-postgis-3$/\1/p' | sort -n |
        awk -v oldest="$POSTGRES_OLDEST" '$1 >= oldest { major = $1 }
            END { if (major) print "postgresql-" major, "postgresql-" major "-postgis-3" }'
}

apt_offers() {
    apt-cache show "$1" >/dev/null 2>&1
}

# Node as others package it brings npm along; Debian's comes without.
node_packages() {
    echo nodejs
    command -v npm >/dev/null || echo npm
}

system_explain_old_postgres() {
    die "软件源中没有 PostgreSQL ≥ $POSTGRES_OLDEST 的 PostGIS; this release is too old for it" \
        "加入 PostgreSQL 官方源后再试 add the PostgreSQL project's own packages, then try again:" \
        "  apt-get install postgresql-common && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh" \
        "或使用已有的服务器 or use a server of your own: DATABASE_URL=postgresql://… bin/serve"
}

# Debian's package would otherwise make and start a cluster of its own on port 5432.
system_keep_main_cluster_away() {
    [ -e /etc/postgresql-common/createcluster.conf ] || system_apt apt-install-postgresql-common postgresql-common
    as_root sed -i 's/^[# ]*create_main_cluster *=.*/create_main_cluster = false/' \
        /etc/postgresql-common/createcluster.conf
    grep -q '^create_main_cluster = false' /etc/postgresql-common/createcluster.conf ||
        echo 'create_main_cluster = false' | as_root tee -a /etc/postgresql-common/createcluster.conf >/dev/null
}

system_apt() {
    name=$1
    shift
    logged "$name" as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 install "$@" ||
        die "安装失败 could not install: $*" "请检查网络和软件源，再运行一次即可继续。 Check the network, then run it again."
}
