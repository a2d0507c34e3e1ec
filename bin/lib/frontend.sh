# shellcheck shell=sh
# static/vendor from package-lock.json, by way of node_modules. Sourced after steps.sh.

frontend_version() {
    checksum "$ROOT/package-lock.json" "$ROOT/bin/lib/vendor.mjs"
}

frontend_is_current() {
    [ "$(cat "$ROOT/static/vendor/mingcha.stamp" 2>/dev/null)" = "$(frontend_version)" ]
}

frontend_packages() {
    frontend_is_current && return 0
    frontend_fetch --omit=dev
    logged vendor node "$ROOT/bin/lib/vendor.mjs" || die "前端库复制失败 could not fill static/vendor"
    frontend_version >"$ROOT/static/vendor/mingcha.stamp"
}

# What only the tests load (axe-core) stays in node_modules.
frontend_test_packages() {
    frontend_packages
    [ "$(cat "$ROOT/node_modules/mingcha.stamp" 2>/dev/null)" = "$(frontend_version)" ] && return 0
    frontend_fetch --include=dev
    frontend_version >"$ROOT/node_modules/mingcha.stamp"
}

frontend_fetch() {
    logged npm npm --prefix "$ROOT" ci "$1" --ignore-scripts --no-audit --no-fund ||
        die "前端库下载失败 npm ci failed" "请检查网络后再运行一次。 Check the network, then run it again."
}
