const maxPatterns = 50_000;

const patterns = new Map<string, readonly string[]>();

/**
 * Whether a pattern of a role covers an action: whole, without regard to case, and with `*` for any run of characters,
 * slashes among them.
 */
export function covers(pattern: string, action: string): boolean {
  return coversLowered(pattern, action.toLowerCase());
}

/** As covers, of an action in lower case. */
export function coversLowered(pattern: string, action: string): boolean {
  if (pattern === "*") return true;
  let parts = patterns.get(pattern);
  if (parts === undefined) {
    parts = pattern.toLowerCase().split("*");
    if (patterns.size >= maxPatterns) patterns.clear();
    patterns.set(pattern, parts);
  }
  const first = parts[0] ?? "";
  if (parts.length === 1) return first === action;
  const last = parts.at(-1) ?? "";
  if (first.length + last.length > action.length || !action.startsWith(first) || !action.endsWith(last)) return false;
  const end = action.length - last.length;
  let at = first.length;
  for (let index = 1; index < parts.length - 1; index++) {
    const part = parts[index] ?? "";
    const found = action.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
