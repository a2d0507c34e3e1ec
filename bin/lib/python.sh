# shellcheck shell=sh
# .venv from a hashed lock file. Sourced after steps.sh and system.sh.

# python_packages LOCK [VENV]: the stamp inside the environment names every lock that it satisfies; the development
# lock holds all of requirements.lock.
python_packages() {
    lock=$1
    venv=${2:-$ROOT/.venv}
    stamp=$venv/mingcha.stamp
    wanted="$lock $(checksum "$ROOT/$lock")"
    if python_venv_works && grep -qxF "$wanted" "$stamp" 2>/dev/null; then
        return 0
    fi
    python_venv_works || python_make_venv
    note "下载并安装 $lock （首次约 1 分钟）"
    logged "pip-$lock" "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps --require-hashes \
        -r "$ROOT/$lock" ||
        die "Python 依赖安装失败 could not install $lock" "请检查网络后再运行一次。 Check the network, then run it again."
    {
        echo "$wanted"
        [ "$lock" != requirements-dev.lock ] || echo "requirements.lock $(checksum "$ROOT/requirements.lock")"
    } >"$stamp"
}

python_venv_works() {
    "$venv/bin/python" -I -c '' 2>/dev/null
}

python_make_venv() {
    python_choose || die "没有可用的 Python ≥ 3.11 (带 venv)" "Debian/Ubuntu: apt-get install python3-venv"
    logged venv "$PYTHON" -m venv --clear "$venv" || die "无法建立 cannot make $venv"
}

# What the app reads of the English catalogue is not in the repository: messages.mo and, for the browser, script.json.
python_translations() {
    english=$ROOT/webapp/translations/en
    po=$english/LC_MESSAGES/messages.po
    for made in "${po%.po}.mo" "$english/script.json"; do
        if [ ! -e "$made" ] || [ -n "$(find "$po" -newer "$made")" ]; then
            (cd "$ROOT" && logged translations "$ROOT/.venv/bin/python" -m webapp.translations compile) ||
                die "翻译文件有误 could not compile $po"
            return 0
        fi
    done
}
