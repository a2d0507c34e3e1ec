// Who works on this phone, as the server last told it in a cookie that scripts may read: known without a signal, gone
// with the sign-out.

const COOKIE = /(?:^|;\s*)at_work=([0-9a-f-]{36})\.(zh|en)/;

/** { id, language } or null. */
export function atWork(cookies = globalThis.document?.cookie ?? "") {
  const [, id, language] = COOKIE.exec(cookies) ?? [];
  return id ? { id, language } : null;
}
