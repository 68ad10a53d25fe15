import { chars, isBlank, isIn, isInName, nameChars } from "./chars.ts";

/** A name and the literal that is bound to it somewhere inside a text. */
interface Assignment {
  key: string;
  start: number;
  end: number;
  value: string;
  quoted: boolean;
}

const longest = 4096;
/** What a string may begin with before its quote. */
const prefixes = chars("rbuRBUN$@(");
const formats = chars("fF");
const quotes = chars("\"'`");
const endSigns = chars(",;)]}\"'\\");

/**
 * Every `name = value`, `"name": "value"`, `name: value`, `name => value` and `--name value` in a text whose name has a
 * telling word (given by their ends), as JSON, YAML, dotenv files, shell commands and Python write them. One pass; a stretch that opened a
 * quote and found no end is not looked through again.
 */
export function assignments(text: string, telling: readonly number[]): Assignment[] {
  const found: Assignment[] = [];
  const unclosed = new Map<string, number>();
  let from = 0;
  for (const wordEnd of telling) {
    if (wordEnd - 2 < from) continue;
    let start = startOfName(text, wordEnd - 1);
    // `%24skipToken`: the digits belong to the percent sign.
    if (text.charAt(start - 1) === "%") start = Math.min(start + 2, wordEnd - 1);
    const end = endOfName(text, wordEnd - 1);
    from = end;
    const at = afterSeparator(text, start, end);
    if (at === null) continue;
    const value = readValue(text, at.index, unclosed, at.separator);
    if (value === null) continue;
    found.push({ key: text.slice(start, end), ...value });
    // A short value may be a name in its turn: `key="DbPassword" value="…"`.
    from = Math.max(from, value.end - value.start <= 64 ? value.start : value.end);
  }
  return found;
}

function startOfName(text: string, from: number): number {
  let start = from;
  while (from - start < 64 && isInName(text, start - 1)) start--;
  return start;
}

function endOfName(text: string, from: number): number {
  let end = from;
  while (end - from < 64 && isInName(text, end)) end++;
  return end;
}

function skipBlanks(text: string, from: number, limit: number): number {
  let at = from;
  const stop = Math.min(text.length, from + limit);
  while (at < stop && (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09)) at++;
  return at;
}

/** The next sign that is no blank, so that a pattern is tried only where it may begin. */
function signAfter(text: string, from: number): string {
  let at = from;
  while (at - from < 64 && text.charCodeAt(at) <= 32) at++;
  return text.charAt(at);
}

function afterSeparator(text: string, start: number, end: number): { index: number; separator: string } | null {
  let at = end;
  if (text.charAt(at) === "\\") at++;
  if (text.charAt(at) === '"' || text.charAt(at) === "'" || text.charAt(at) === "`") at++;
  if (text.charAt(at) === "]") at++;
  const closed = at;
  const nth = inTuple(text, start, end);
  if (nth !== null) return { index: nth, separator: "=" };
  // Markdown sets names off: `**Password:** …`, `**Password**: …`.
  if (text.charAt(at) === "*") {
    const label = /^\*{1,3}\s{0,2}[:=]/.exec(text.slice(at, at + 8));
    if (label !== null) at += label[0].length - 1;
  }
  at = skipBlanks(text, at, 16);
  const beside = besideName(text, start, end, closed);
  if (beside !== null) return beside;
  const char = text.charAt(at);
  if (char === ":" && (text.charAt(at + 1) === ":" || text.slice(start - 2, start) === "::")) return null;
  if (char === ":") {
    const annotated = !mayFollow(signAfter(text, at + 1), "sbSOF")
      ? null
      : /^:\s{0,4}(?:str|bytes|string|String|SecretStr|Optional\[str\]|str \| None|Final)\s{0,4}=(?!=)\s{0,16}/.exec(
          text.slice(at, at + 60),
        );
    if (annotated !== null) return { index: at + annotated[0].length, separator: "=" };
    let next = at + 1 + (text.charAt(at + 1) === "=" ? 1 : 0);
    while (next - at < 4 && text.charAt(next) === "*" && text.charAt(at - 1) !== "*") next++;
    return { index: insideObject(text, afterBlockSign(text, skipBreaks(text, next))), separator: ":" };
  }
  if (char === "=" && text.charAt(at + 1) === "=") return null;
  if (char === "=" || (char === "?" && text.charAt(at + 1) === "=")) {
    const next = text.indexOf("=", at) + 1;
    return {
      index: insideObject(text, insideCall(text, skipBlanks(text, next + (text.charAt(next) === ">" ? 1 : 0), 16))),
      separator: "=",
    };
  }
  if (
    text.charAt(start) === "-" &&
    (text.charAt(start + 1) === "-" || /[A-Za-z]{3}/.test(text.slice(start + 1, start + 4)))
  ) {
    return at > end ? { index: at, separator: " " } : null;
  }
  return null;
}

/** Whether a pattern that goes on with one of some signs may match; blanks of other alphabets are left to the pattern. */
const mayFollow = (sign: string, signs: string) => sign > "\x7f" || (sign !== "" && signs.includes(sign));

/**
 * A name that is itself a value, with what belongs to it beside it: `"name": "X", "value": "…"`, `name: X` over `value: …`,
 * `key="X" value="…"`, `variable "X" { default = "…" }`, `set("X", "…")`, `<X>…</X>`, `param X string = '…'`.
 */
function besideName(
  text: string,
  start: number,
  end: number,
  closed: number,
): { index: number; separator: string } | null {
  const before = text.charAt(start - 1);
  if ((before === "<" || before === ":") && /<(?:\w{1,20}:)?$/.test(text.slice(Math.max(0, start - 22), start))) {
    const opened = /^(?:\s[^<>]{0,200}[^<>/])?>/.exec(text.slice(end, end + 220));
    if (opened !== null) return { index: end + opened[0].length, separator: ">" };
  }
  const isQuoted = closed > end && (before === '"' || before === "'");
  const sign = signAfter(text, closed);
  // What is assigned to a name stands behind the sign, and not beside it.
  if (sign === "=" && !isQuoted && before !== ">") return null;
  const rest = text.slice(closed, closed + 240);
  const pair = !mayFollow(sign, ",\\\"'vd")
    ? null
    : (/^\s{0,8},?\s{1,40}\\?["']?(?:value|default|defaultValue)\\?["']?\s{0,4}[:=]\s{0,4}(?=\\?["']|\w|\{)/.exec(
        rest,
      ) ?? /^,\s{0,40}\\?["']value\\?["']\s{0,4}:\s{0,4}/.exec(rest));
  if (pair !== null) return { index: insideObject(text, closed + pair[0].length), separator: ":" };
  // `<name>X</name><value>…</value>`, as settings are written, and the next cell of a table.
  const sibling =
    before === ">"
      ? /^:?<\/(?:name|key|td|th|dt)>\s{0,40}<(?:value|string|td|dd)(?:\s[^<>]{0,60})?>/i.exec(
          text.slice(end, end + 160),
        )
      : null;
  if (sibling !== null) return { index: end + sibling[0].length, separator: ">" };
  // `process.env.X || "…"`, `os.environ.get("X") or "…"`, `config["X"] ?? "…"`: what holds where nothing is set.
  const fallback = !mayFollow(sign, ")]|?o:") ? null : /^[)\]]?\s{1,8}(?:\|\||\?\?|or|:-)\s{1,8}(?=["'`])/.exec(rest);
  if (fallback !== null) return { index: closed + fallback[0].length, separator: "=" };
  const setter = sign !== "(" || closed > end ? null : (setterOf(text.slice(start, end))?.exec(rest) ?? null);
  if (setter !== null) return { index: closed + setter[0].length, separator: "=" };
  // `variable set X …`, `setx X …`: the name and then the value.
  const value = isBlank(text, closed) ? /^\s{1,4}(?=["']?[^\s"'=:;|&<>-][^\s"'=:]{5})/.exec(rest) : null;
  if (
    value !== null &&
    /\d/.test(rest.slice(value[0].length).split(/\s/, 1)[0] ?? "") &&
    /\b(?:set|setx|put)\s{1,4}(?:--?[\w-]{1,30}\s{1,4}){0,3}["']?$/.test(text.slice(Math.max(0, start - 80), start))
  )
    return { index: closed + value[0].length, separator: " " };
  const own = isQuoted ? text.slice(start, end) : "";
  // A secret of a vault that a template or Terraform makes of a literal.
  const made =
    own === "azurerm_key_vault_secret"
      ? /^[^{}]{0,120}\{[^{}]{0,400}?\bvalue\s{0,20}=\s{0,4}(?=")/.exec(text.slice(closed, closed + 560))
      : null;
  if (made !== null) return { index: closed + made[0].length, separator: "=" };
  // What Terraform keeps of a generated password.
  const generated =
    own === "random_password"
      ? /^[\s\S]{0,400}?\\?["']result\\?["']\s{0,4}:\s{0,4}(?=\\?["'])/.exec(text.slice(closed, closed + 440))
      : null;
  if (generated !== null) return { index: closed + generated[0].length, separator: ":" };
  const typed = !mayFollow(sign, isQuoted ? "{" : "sA")
    ? null
    : isQuoted
      ? /^\s{0,4}\{[^{}"']{0,160}?\bdefault\s{0,16}=\s{0,4}(?=["'])/.exec(rest)
      : /^\s{1,4}(?:string|As\s{1,4}String)\s{0,4}=\s{0,4}(?=["'])/.exec(rest);
  if (typed !== null) return { index: closed + typed[0].length, separator: "=" };
  const argument =
    isQuoted && mayFollow(sign, ",") && text.charAt(start - 2) === "(" ? /^\s{0,4},\s{0,8}(?=["'])/.exec(rest) : null;
  return argument === null ? null : { index: closed + argument[0].length, separator: "," };
}

/** The literal of a name among others: `user, pwd = "etl", "…"`. */
function inTuple(text: string, start: number, end: number): number | null {
  const isListed = text.charAt(start - 1) === "," || (text.charAt(start - 1) === " " && text.charAt(start - 2) === ",");
  if (!isListed || !mayFollow(signAfter(text, end), ",=")) return null;
  const before = /(?:^|[\n;])[ \t]{0,40}((?:\w{1,40},[ ]?){1,6})$/.exec(text.slice(Math.max(0, start - 200), start));
  if (before === null) return null;
  const count = (before[1] ?? "").split(",").length - 1;
  const values = new RegExp(
    `^(?:, ?\\w{1,40}){0,6}\\s{0,4}=\\s{0,4}\\(?(?:["'][^"'\\n]{0,200}["'],\\s{0,4}){${count}}(?=["'])`,
  ).exec(text.slice(end, end + 800));
  return values === null ? null : end + values[0].length;
}

/** How the argument of a call is found that takes a secret: `setPassword("…")`, `Secret(value="…")`. */
function setterOf(name: string): RegExp | null {
  if (/^(?:Secret|SecretStr|SecretBytes)$/.test(name)) return /^\(\s{0,8}value\s{0,2}=\s{0,2}(?=[rbu]?["'])/;
  return /(?:^|\.)(?:(?:set|with|change|reset|use|add)_?)?(?:password|passwd|pwd|passphrase|secret)$/i.test(name)
    ? /^\(\s{0,8}(?=["'][^"'\n]{1,200}["']\s{0,8}\))/
    : null;
}

/** The literal in the object that stands for a value: `{"type": "SecureString", "value": "…"}`. */
function insideObject(text: string, at: number): number {
  if (text.charAt(at) !== "{") return at;
  const literal = /^\{[^{}]{0,200}?(?:\\?["']|\b)(?:value|defaultValue)\\?["']?\s{0,4}[:=]\s{0,4}(?=\\?["'])/.exec(
    text.slice(at, at + 260),
  );
  return literal === null ? at : at + literal[0].length;
}

/** The literal in the call that only wraps it: `SecretStr("…")`. */
function insideCall(text: string, at: number): number {
  if (!mayFollow(text.charAt(at), "Ssqb")) return at;
  const call = /^(?:Secret|SecretStr|SecretBytes|SecureString|str|quote_plus|b64encode)\(\s{0,8}(?=[rbu]?["'])/.exec(
    text.slice(at, at + 40),
  );
  return call === null ? at : at + call[0].length;
}

/** The first line of a YAML block: `|-` and the next line. */
function afterBlockSign(text: string, at: number): number {
  if (text.charAt(at) !== "|" && text.charAt(at) !== ">") return at;
  const sign = /^[|>][+-]?\d?[ \t]{0,8}\r?\n[ \t]{1,64}/.exec(text.slice(at, at + 80));
  return sign === null ? at : at + sign[0].length;
}

/** A pretty-printed value may stand on the next line, in quotes. */
function skipBreaks(text: string, from: number): number {
  const at = skipBlanks(text, from, 64);
  if (text.charAt(at) !== "\n" && text.charAt(at) !== "\r") return at;
  let next = at;
  while (next < text.length && next - at < 64 && isBlank(text, next)) next++;
  return text.charAt(next) === '"' ? next : at;
}

function readValue(
  text: string,
  from: number,
  unclosed: Map<string, number>,
  separator: string,
): Omit<Assignment, "key"> | null {
  let at = from;
  const prefixed = !isIn(prefixes, text, at)
    ? null
    : /^(?:[rbuRBUN]{1,2}|\$|@|\(\s{0,80})(?=["'`])/.exec(text.slice(at, at + 84));
  if (prefixed !== null) at += prefixed[0].length;
  if (isIn(formats, text, at) && /^[fF][rR]?["']/.test(text.slice(at, at + 3)))
    at += text.charAt(at + 1) === '"' || text.charAt(at + 1) === "'" ? 1 : 2;
  const escaped = text.charAt(at) === "\\" && (text.charAt(at + 1) === '"' || text.charAt(at + 1) === "'") ? 1 : 0;
  if (separator === ">") {
    // `--name <secret> --file <file>` are words to be filled in: an element is closed.
    const close = text.slice(at, at + longest).search(/[<\r\n]/);
    return close <= 0 || !text.startsWith("</", at + close)
      ? null
      : { start: at, end: at + close, value: text.slice(at, at + close), quoted: true };
  }
  const quote = text.charAt(at + escaped);
  // `concat('…;Password=', value)`: the quote closes what stands before it.
  if (
    separator === "=" &&
    text.charAt(at - 1) === "=" &&
    isIn(quotes, text, at) &&
    /^["']\s{0,3}[,)+]/.test(text.slice(at, at + 5))
  )
    return null;
  if (quote === '"' || quote === "'" || quote === "`") {
    const triple = text.startsWith(quote.repeat(3), at) ? 3 : text.startsWith("``", at) ? 2 : 1;
    const start = at + escaped + triple;
    const end = closing(text, start, quote, escaped === 1, unclosed);
    // What an f-string fills in at run time is a template.
    if (
      end !== null &&
      at > from &&
      /[fF]/.test(text.slice(from, at)) &&
      /\{[^{}]{1,200}\}/.test(text.slice(start, end))
    )
      return null;
    if (end !== null) return { start, end, value: undoEscapes(text.slice(start, end), quote), quoted: true };
    return bare(text, start, separator);
  }
  return bare(text, at, separator);
}

function closing(
  text: string,
  start: number,
  quote: string,
  escaped: boolean,
  unclosed: Map<string, number>,
): number | null {
  const stop = Math.min(text.length, start + longest);
  const mark = quote.charCodeAt(0);
  let at = Math.max(start, Math.min(unclosed.get(quote) ?? 0, stop));
  for (; at < stop; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) {
      if (escaped && text.charCodeAt(at + 1) === mark) return at;
      at++;
    } else if (code === mark) return at;
  }
  unclosed.set(quote, at);
  return null;
}

/** Undoes the escapes that JSON, Python and JavaScript share. */
function undoEscapes(text: string, quote = '"'): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_whole, unicode, byte, char) => {
    if (unicode !== undefined || byte !== undefined) return String.fromCharCode(Number.parseInt(unicode ?? byte, 16));
    if (char === "n") return "\n";
    if (char === "t") return "\t";
    if (char === "r") return "\r";
    return char === quote || char === "\\" || char === "/" || char === '"' || char === "'" ? char : `\\${char}`;
  });
}

/** A value without quotes: to the end of the word, with whatever brackets open inside it; a list or an object is none. */
function bare(text: string, start: number, separator: string): Omit<Assignment, "key"> | null {
  const first = text.charAt(start);
  if (first === "{" || first === "[" || first === "(") return null;
  let end = start;
  let depth = 0;
  const stop = Math.min(text.length, start + longest);
  for (; end < stop; end++) {
    const char = text.charAt(end);
    if (char === "\n" || char === "\r" || (depth > 0 && end - start > 400)) break;
    if (char === "(" || char === "{" || char === "[") depth++;
    if ((char === ")" || char === "}" || char === "]") && depth > 0) depth--;
    else if (depth === 0 && endsBare(text, end)) break;
  }
  if (depth > 0) {
    const cut = text.slice(start, end).search(/[\s;"`]/);
    if (cut >= 0) end = start + cut;
  }
  if (end === start) return null;
  if (separator === ":" && text.charAt(end) === " " && isIn(nameChars, text, end + 1)) return null;
  return { start, end, value: text.slice(start, end), quoted: false };
}

function endsBare(text: string, at: number): boolean {
  const char = text.charAt(at);
  if (char === "'") return isEnd(text, at + 1);
  if (char === '"' || char === "`" || char === ";" || char === "&" || char === "|" || isBlank(text, at)) return true;
  if (char === ",") return isEnd(text, at + 1) || /^[A-Za-z_]\w{0,40}[=:]/.test(text.slice(at + 1, at + 44));
  // `\n` in a string of code or JSON.
  if (char === "\\" && (text.charAt(at + 1) === "n" || text.charAt(at + 1) === "r")) return true;
  return (char === ")" || char === "]" || char === "}") && isEnd(text, at + 1);
}

function isEnd(text: string, at: number): boolean {
  return at >= text.length || isBlank(text, at) || isIn(endSigns, text, at);
}
