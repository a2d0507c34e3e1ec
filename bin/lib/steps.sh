# shellcheck shell=sh
# Progress, failure and logging, the same in every script. Sourced; expects ROOT to be the repository.

unset CDPATH
MINGCHA_VAR=${MINGCHA_VAR:-$ROOT/var}
STEP=0
STEPS=${STEPS:-0}

step() {
    STEP=$((STEP + 1))
    printf '[%s/%s] %s\n' "$STEP" "$STEPS" "$*"
}

note() {
    printf '      %s\n' "$*"
}

# die MESSAGE [LINE …]: what happened, then what to do.
die() {
    printf '\n✗ %s\n' "$1" >&2
    shift
    for line in "$@"; do
        printf '  %s\n' "$line" >&2
    done
    exit 1
}

# logged NAME COMMAND …: quiet when it works, the end of its log when it does not.
logged() {
    log=$MINGCHA_VAR/log/$1.log
    shift
    mkdir -p "$MINGCHA_VAR/log"
    "$@" >"$log" 2>&1 </dev/null && return 0
    tail -n 20 "$log" >&2
    note "完整日志 full log: $log" >&2
    return 1
}

# var/ is made traversable but not listable: a database server run as another user must pass through it.
prepare_var() {
    if [ ! -d "$MINGCHA_VAR" ]; then
        { mkdir -p "$MINGCHA_VAR" && chmod 711 "$MINGCHA_VAR"; } ||
            die "无法建立数据目录 cannot make $MINGCHA_VAR" "请换一个可写的位置：MINGCHA_VAR=/path bin/serve"
    fi
    [ -w "$MINGCHA_VAR" ] ||
        die "数据目录不可写 $MINGCHA_VAR is not writable for $(id -un)" \
            "可能是上次以 root 运行所建。请用原来的用户运行，或执行：chown -R $(id -un) $MINGCHA_VAR"
    MINGCHA_VAR=$(cd -P "$MINGCHA_VAR" && pwd -P)
    # Machine code of the compiled loops. Numba looks at a loop's own file only; what loops share is in the name.
    NUMBA_CACHE_DIR=${NUMBA_CACHE_DIR:-$MINGCHA_VAR/compiled/$(checksum "$ROOT/geo/streams.py" "$ROOT/geo/scan/loops.py")}
    export NUMBA_CACHE_DIR
}

checksum() {
    cat "$@" | cksum | tr ' ' '-'
}
