import { alphanumeric, entropy, isBlank, isIn } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";
import { isLiteral, isPlainFact, isReference } from "./not-a-secret.ts";

/** An authority longer than this is no address that anything would open. */
const limit = 2048;

/**
 * Passwords in addresses: `scheme://user:password@host` of any scheme, a token in the place of the user, and a password
 * or key as a query parameter. What is written around them stays readable: scheme, user, host, path.
 */
export const urlCredentials: Detector = {
  name: "url-credentials",
  mayFind: (text) => text.includes("://") || text.includes("jdbc:") || parameter.test(text),
  find: (text) => {
    const matches: Match[] = [];
    let sign = text.indexOf("@");
    for (let at = text.indexOf("://"); at >= 0 && sign >= 0; at = text.indexOf("://", at + 3)) {
      if (sign < at) sign = text.indexOf("@", at);
      if (sign < 0 || sign - at > limit + 3) continue;
      const match = inAuthority(text, at);
      if (match !== null) matches.push(match);
    }
    return [...matches, ...inQuery(text), ...inOracleUrl(text)];
  },
};

const parameter =
  /[?&](?:[a-z_]{0,30}?(?:password|passwd|passphrase|pwd)|access_token|api[-_]?key|client_secret|secret|token|subscription-key|code)=/i;

function ends(text: string, index: number): boolean {
  const char = text.charAt(index);
  return (
    char === "" || char === '"' || char === "'" || char === "`" || char === "<" || char === ">" || isBlank(text, index)
  );
}

function inAuthority(text: string, at: number): Match | null {
  if (at === 0 || !isIn(alphanumeric, text, at - 1)) return null;
  const start = at + 3;
  const stop = Math.min(text.length, start + limit);
  let colon = -1;
  let lastAt = -1;
  let slash = -1;
  let end = start;
  let depth = 0;
  for (; end < stop && (depth > 0 || !ends(text, end)); end++) {
    const char = text.charAt(end);
    if (char === "{") depth++;
    else if (char === "}") depth = Math.max(0, depth - 1);
    if (depth > 0 && end - start > 400) depth = 0;
    if (depth > 0) continue;
    if (char === ":" && colon < 0 && slash < 0) colon = end;
    else if (char === "/" || char === "?" || char === "#") {
      if (slash < 0) slash = end;
      // A password with both a slash and an @ goes on where no host follows.
      if ((lastAt >= 0 && lastAt < slash) || colon < 0 || /^\d{0,5}$/.test(text.slice(colon + 1, end).slice(0, 6)))
        break;
    } else if (char === "@") {
      lastAt = end;
      if (slash >= 0 && isSloppy(text, colon, slash, end)) break;
    } else if (char === ";" && colon >= 0 && /^\d{1,5}$/.test(text.slice(colon + 1, end))) {
      break;
    } else if (char === "\\" && (text.charAt(end + 1) === '"' || text.charAt(end + 1) === "n")) break;
  }
  if (lastAt < 0) return null;
  if (slash >= 0 && slash < lastAt && !isSloppy(text, colon, slash, lastAt)) return null;
  if (colon >= 0 && colon < lastAt) return inUserinfo(text, start, colon, lastAt);
  return tokenAsUser(text, start, lastAt);
}

/** A password with an unescaped slash, which SQLAlchemy accepts: what follows the @ looks like a host, and no port stands before the slash. */
function isSloppy(text: string, colon: number, slash: number, at: number): boolean {
  if (colon < 0 || colon > slash || /^\d{1,5}$/.test(text.slice(colon + 1, slash))) return false;
  if (text.slice(Math.max(0, colon - 1), colon + 1) === "/:") return false;
  return /^[A-Za-z0-9][\w.-]{0,253}(?::\d{1,5})?(?:[/?;,"'\s]|$)/.test(text.slice(at + 1, at + 270));
}

function inUserinfo(text: string, start: number, colon: number, at: number): Match | null {
  const user = decode(text.slice(start, colon));
  const password = decode(text.slice(colon + 1, at));
  if (!isLiteral(password) || password === user || isReference(`${user}:${password}`)) return null;
  return { start: colon + 1, end: at, type: "password_in_url", tier: "format", value: password };
}

function tokenAsUser(text: string, start: number, at: number): Match | null {
  const token = decode(text.slice(start, at));
  if (token.length < 16 || !/\d/.test(token) || !/[A-Za-z]/.test(token) || !/^[\w.~+/=-]{16,2048}$/.test(token))
    return null;
  // A container of a lake may be called by an id: `abfss://<id>@onelake…`.
  if (
    isPlainFact(token) ||
    !isLiteral(token) ||
    entropy(token) < 3.5 ||
    /^[a-z]{2,20}(?:[-_.][a-z0-9]{1,20}){1,8}$/.test(token)
  )
    return null;
  return { start, end: at, type: "token_in_url", tier: "contextual", value: token };
}

function inQuery(text: string): Match[] {
  const matches: Match[] = [];
  const names = new RegExp(parameter.source, "gi");
  for (let found = names.exec(text); found !== null; found = names.exec(text)) {
    const name = found[0].slice(1, -1).toLowerCase();
    const start = found.index + found[0].length;
    let end = start;
    while (end < text.length && end - start < limit && !ends(text, end) && !/[&#;\\]/.test(text.charAt(end))) end++;
    names.lastIndex = Math.max(end, start);
    const value = decode(text.slice(start, end));
    if (!isLiteral(value)) continue;
    if (/pass|pwd/.test(name)) matches.push({ start, end, type: "password_in_url", tier: "format", value });
    else if (name === "code" && isFunctionUrl(text, found.index)) {
      matches.push({ start, end, type: "azure_function_key", tier: "format", value });
    } else if (name !== "code" && isTokenLike(value)) {
      matches.push({ start, end, type: "token_in_url", tier: "contextual", value });
    }
  }
  return matches;
}

function isFunctionUrl(text: string, before: number): boolean {
  const left = text.slice(Math.max(0, before - 1200), before).toLowerCase();
  const host = left.lastIndexOf(".azurewebsites.");
  return host >= 0 && !/[\s"']/.test(left.slice(host));
}

function isTokenLike(value: string): boolean {
  return value.length >= 16 && /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) > 3.2;
}

/** `jdbc:oracle:thin:user/password@host`. */
function inOracleUrl(text: string): Match[] {
  const matches: Match[] = [];
  for (const found of text.matchAll(/jdbc:oracle:[a-z0-9]{1,12}:([\w.$#-]{1,64})\/([^@\s"']{1,128})@/gi)) {
    const [whole, user = "", password = ""] = found;
    if (!isLiteral(password) || password === user) continue;
    const end = found.index + whole.length - 1;
    matches.push({ start: end - password.length, end, type: "password_in_url", tier: "format", value: password });
  }
  return matches;
}

/** Percent-decoded where that is possible. */
function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
