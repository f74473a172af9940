/** Takes tokens and secrets out of what the journal shows. The journal rarely holds any; the page never shows one. */

const HIDDEN = '(hidden)';
const SECRET_NAME = /token|secret|password|assertion|client_?state|authorization|verifier|cookie/i;

/** "$deltatoken=…", "validationToken=…", "code=…" in a query or a URL, percent-encoded or not. */
const SECRET_PARAMETER =
  /(?<=^|[?&$\s"']|%24)((?:\w*token|client_\w+|assertion|code|code_verifier|state|sig)=)[^&\s"']+/gi;
const BEARER = /\b(Bearer|Basic)\s+[\w.~+/=-]+/g;
const JWT = /\beyJ[\w-]{10,}(?:\.[\w-]*)*/g;

function cleanText(text: string, secrets: readonly string[]): string {
  let clean = text.replace(SECRET_PARAMETER, `$1${HIDDEN}`).replace(BEARER, `$1 ${HIDDEN}`).replace(JWT, HIDDEN);
  for (const secret of secrets) if (secret) clean = clean.replaceAll(secret, HIDDEN);
  return clean;
}

/** A copy of `value` without what is named or looks like a secret, and without `secrets` themselves. */
export function redact(value: unknown, secrets: readonly string[] = []): unknown {
  if (typeof value === 'string') return cleanText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redact(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const isSecret = typeof item === 'string' && item !== '' && SECRET_NAME.test(name);
      return [name, isSecret ? HIDDEN : redact(item, secrets)];
    }),
  );
}
