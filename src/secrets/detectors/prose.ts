import { entropy } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";
import { signalsIn } from "../signals.ts";
import { isHex, isIdentifier, isLiteral, isPlainFact } from "./not-a-secret.ts";
import { canBePassword, mustBePassword } from "./password-look.ts";

/**
 * What a password is called in a sentence, alone or at the end of a compound (`SAP-Passwort`, `Initialkennwort`); what a
 * token is; and that after which a pair of user and password may stand without either being called so.
 */
const called =
  /(?:(passw(?:or[dt]s?|örter|d)|kennw(?:ort|örter)|passphrase|passcode|pwd|pw|mdp|mots? de passe|contraseña|wachtwoord|geheimnis|secret)|(api[- ]?keys?|access[- ]keys?|account[- ]keys?|tokens?|schlüssel)|log[- ]?ins?|logon|creds|credentials|sign[- ]?in|zugang(?:sdaten)?|anmelde(?:n|daten)|anmeldung|einloggen|identifiants?|connexion)(?![\wÀ-ɏ-])/gi;

/** `u: etl p: …`, as people abbreviate. */
const letters =
  /(?:^|[\s(])(?:u|usr|user|login|benutzer)[:=]\s?[\w.@\\-]{1,60}[\s,;|/]{1,4}p(?:w|ass)?[:=]\s?(\S{7,64})/i;

/** Whether a noun begins a word or ends a compound, and is no part of a name in code: `db_password`, `x.password`, `$pw`. */
function isWord(text: string, at: number, mayEnd: boolean): boolean {
  let start = at;
  while (at - start < 30 && isLetter(text, start - 1)) start--;
  if (start < at && !mayEnd) return false;
  if (text.charAt(start - 1) === "-" && mayEnd) {
    const prefix = start - 1;
    start = prefix;
    while (prefix - start < 30 && (isLetter(text, start - 1) || /\d/.test(text.charAt(start - 1)))) start--;
    if (start === prefix) return false;
  }
  return !/[\w.$%/@#-]/.test(text.charAt(start - 1));
}

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 32;
  return (code >= 97 && code <= 122) || (code >= 0xe0 && code < 0x250);
}

/** What leads from the noun to its value. */
const leadsTo = new Set(
  ": ->  → – — is was ist war lautet lautete heißt heisst est était es becomes remains bleibt now nun neu to auf by als as with mit à en".split(
    " ",
  ),
);
/** What may stand between the two. */
const between = new Set(
  "now nun jetzt still noch again wieder currently aktuell temporarily vorläufig simply just einfach set reset changed gesetzt zurückgesetzt geändert auf to the das le la following folgendes folgende this dieses maintenant toujours désormais also auch wie folgt follows immer".split(
    " ",
  ),
);
/** What says that an example or a rule follows, and no password. */
const teaches =
  /^(?:e\.g\.?|example|beispiel|z\.b\.?|i\.e\.?|like|wie|such|must|should|shall|muss|soll|doit|length|policy|regex|pattern|format)[:,]?$/i;

const closings: Readonly<Record<string, RegExp>> = {
  '"': /"/,
  "'": /'(?![\w])/,
  "`": /`/,
  "„": /[“”"]/,
  "“": /[”"]/,
  "«": /»/,
  "‚": /[‘’']/,
  "‘": /’/,
};

const farthest = 160;
const mostWords = 12;

/**
 * Passwords that people tell each other: "the password for etl is …", "Das Kennwort lautet …", "password `…`",
 * "log in with ops / …". What stands there must look like no word, name, date or address.
 */
export const prose: Detector = {
  name: "prose",
  mayFind: () => true,
  find: (text, { spoken } = signalsIn(text)) => {
    const matches: Match[] = [];
    let done = -1;
    for (const end of spoken) {
      const found = text.slice(end - 3, end) === "p: " ? abbreviated(text, end) : saidAt(text, end, done);
      if (found === null) continue;
      done = Math.max(done, found.until);
      if (found.match !== null) matches.push(found.match);
    }
    return matches;
  },
};

interface Said {
  match: Match | null;
  /** Words that end before this place were looked at with it. */
  until: number;
}

/** What is told by the noun that covers the end of a word. */
function saidAt(text: string, end: number, done: number): Said | null {
  const from = Math.max(0, end - 24);
  for (const found of text.slice(from, end + 16).matchAll(called)) {
    const [whole, password, token] = found;
    const start = from + found.index;
    const until = start + whole.length;
    if (start >= end || until < end || start < done) continue;
    if (!isWord(text, start, password !== undefined ? whole.length > 3 : token !== undefined)) return null;
    const match =
      password !== undefined
        ? (told(text, until, whole.length <= 3) ?? toldBefore(text, start))
        : token !== undefined
          ? toldToken(text, until)
          : (paired(text, until) ?? pairedBefore(text, start));
    return { match, until };
  }
  return null;
}

function abbreviated(text: string, end: number): Said | null {
  const from = end - lineBefore(text, end, 100).length;
  const found = letters.exec(text.slice(from, end + 66));
  const said = found?.[1] ?? "";
  if (found === null || !mustBePassword(said)) return null;
  const start = from + found.index + found[0].length - said.length;
  return { match: matchOf({ start, end: start + said.length, said }), until: start };
}

/** A word as it stands in the line, and what it says without quotes and punctuation around it. */
interface Word {
  said: string;
  start: number;
  end: number;
  quoted: boolean;
  raw: string;
}

function* wordsAfter(text: string, from: number): Generator<Word> {
  const window = text.slice(from, from + farthest);
  let stop = window.indexOf("\n");
  // `Your password:` and the password in the next line.
  if (stop >= 0 && /^[*_`]{0,3}\s{0,3}[:=][*_`]{0,3}\s{0,8}$/.test(window.slice(0, Math.min(stop, 24)))) {
    while (stop < 40 && window.charAt(stop) <= " " && stop < window.length) stop++;
    stop = window.indexOf("\n", stop);
  }
  const line = stop < 0 ? window : window.slice(0, stop);
  let count = 0;
  for (const { 0: raw, index } of line.matchAll(/\S{1,130}/g)) {
    if (++count > mostWords) return;
    const quote = /^[*_(]{0,3}(["'`„“«‚‘])/.exec(raw)?.[1];
    if (quote !== undefined) {
      const inside = from + index + raw.indexOf(quote) + 1;
      const close = raw.slice(inside - from - index).search(closings[quote] ?? /["']/);
      if (close > 0) {
        const said = text.slice(inside, inside + close);
        yield { said, start: inside, end: inside + close, quoted: true, raw };
        continue;
      }
    }
    const opening = /^["'`*_(<„“”«‚‘]{0,4}/.exec(raw)?.[0].length ?? 0;
    const isOpened = /["'`„“«‚‘(]/.test(raw.slice(0, opening));
    const isQuoted = raw.startsWith("*") && /\*[).,;:!?]{0,4}$/.test(raw.slice(opening));
    const start = from + index + (isQuoted || isOpened ? opening : 0);
    const rest = raw.slice(start - from - index);
    // A string or an element ends with the word: `… is x"}`, `… is x</p>`.
    const ends = rest.slice(5).search(/\\{0,3}["'`<]/);
    const said = (ends < 0 ? rest : rest.slice(0, ends + 5)).replace(
      isQuoted ? /[*).,;:]{1,6}$/ : /["'`“”»‘’)>.,;:]{1,6}$/,
      "",
    );
    yield { said, start, end: start + said.length, quoted: isQuoted, raw };
  }
}

/** Whether a noun ends its word, with a colon at most after it. */
const isFree = (text: string, from: number) =>
  /^[`*_)»“”]{0,3}:{0,2}[*_]{0,3}(?:\s|$)/.test(text.slice(from, from + 10));

function told(text: string, from: number, isShort: boolean): Match | null {
  // What is joined to the noun is an assignment, which others read.
  if (!isFree(text, from)) return null;
  let isLed = isShort;
  let count = 0;
  for (const word of wordsAfter(text, from)) {
    count++;
    const { raw, said } = word;
    const plain = raw.toLowerCase();
    if (teaches.test(raw) || (/^[=!<>&|+]{1,3}$/.test(raw) && count === 1)) return null;
    if (
      leadsTo.has(plain) ||
      leadsTo.has(said.toLowerCase()) ||
      /^[*_`]{0,3}:{1,2}[*_`]{0,3}$/.test(raw) ||
      (raw === "=" && count > 1)
    ) {
      isLed = true;
      continue;
    }
    if (isLed && between.has(plain)) continue;
    if (isCandidate(word, isLed || (word.quoted && count <= 2))) return matchOf(word);
    if (/[.;!?]["')]?$/.test(raw) && !/^(?:nr|no|st|ca|bzw)\.$/i.test(raw)) return null;
    isLed = raw.endsWith(":");
  }
  return null;
}

/** What stands before a place in its line, so far as it is looked at. */
function lineBefore(text: string, at: number, most: number): string {
  const window = text.slice(Math.max(0, at - most), at);
  return window.slice(window.lastIndexOf("\n") + 1);
}

/** `… is the new password`, `use … as password`, `… ist das neue Kennwort`. */
function toldBefore(text: string, at: number): Match | null {
  const line = lineBefore(text, at, 160);
  const found =
    /(?:^|[\s"'`„“(>=])([^\s"'`„“(>=]{6,64}?)["'`”“).,]{0,3}\s(?:as|is|als|ist|est|für|for|=)\s(?:(?:the|a|an|das|le|my|your|our|new|neue[sn]?|nouveau|current|default|temporary|aktuelle[sn]?)\s){0,3}(?:[\p{L}-]{1,24}\s|[\p{L}-]{1,24}-)?$/u.exec(
      line,
    );
  const said = found?.[1] ?? "";
  if (found === null || /[(){}[\]<>|\\=]/.test(said) || !mustBePassword(said)) return null;
  const start = at - line.length + found.index + found[0].indexOf(said);
  return matchOf({ start, end: start + said.length, said });
}

/** `ops / … after the login`: the pair stands before the word. */
function pairedBefore(text: string, at: number): Match | null {
  const line = lineBefore(text, at, 120);
  const found = /(?:^|[\s(>])[`"']?[\w.@-]{2,40}[`"']?\s\/\s[`"']?([^\s"'`/]{7,64})(?=[\s`"'])/.exec(line);
  const said = found?.[1] ?? "";
  if (found === null || /[(){}[\]<>|\\]/.test(said) || !mustBePassword(said)) return null;
  const start = at - line.length + found.index + found[0].length - said.length;
  return matchOf({ start, end: start + said.length, said });
}

/** A token after what it is called: "the API key is …". */
function toldToken(text: string, from: number): Match | null {
  if (!isFree(text, from)) return null;
  if (!hasLongWord(text, from)) return null;
  let isLed = text.charAt(from) === ":";
  for (const word of wordsAfter(text, from)) {
    const { raw, said } = word;
    if (teaches.test(raw)) return null;
    if (isLed && isToken(said)) return matchOf(word);
    isLed =
      raw.endsWith(":") ||
      /^(?:is|was|ist|war|lautet|est|=|->|→)$/i.test(raw) ||
      (isLed && between.has(raw.toLowerCase()));
  }
  return null;
}

/** Whether 20 characters without a blank or a quote stand together, as in every token. */
function hasLongWord(text: string, from: number): boolean {
  const stop = Math.min(text.length, from + farthest);
  let start = from;
  for (let at = from; at < stop; at++) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 0x22 || code === 0x27) start = at + 1;
    else if (at - start >= 19) return true;
  }
  return false;
}

function isToken(said: string): boolean {
  if (said.length < 20 || !/^[A-Za-z0-9+/=_.~-]{20,512}$/.test(said) || !isLiteral(said) || isPlainFact(said))
    return false;
  if (isIdentifier(said) || !/\d/.test(said) || !/[A-Za-z]/.test(said)) return false;
  return isHex(said)
    ? said.length >= 32 && entropy(said) > 2.9
    : entropy(said) > 3.6 && /[a-z]/.test(said) && /[A-Z]/.test(said);
}

/** A user and a password: `ops / …`, `admin:…`, `etl and …`. */
function paired(text: string, from: number): Match | null {
  const words = [...wordsAfter(text, from)];
  for (const [index, word] of words.entries()) {
    if (teaches.test(word.raw)) return null;
    const before = words[index - 1];
    if (
      before !== undefined &&
      /^(?:\/|\||and|und|et|y|,|mit|with|:)$/i.test(before.raw) &&
      index >= 2 &&
      isCandidate(word, word.quoted && /^(?:mit|with|avec)$/i.test(before.raw))
    )
      return matchOf(word);
    const glued = /^([\w.@\\-]{2,60}[/:|])(.{7,})$/.exec(word.said);
    if (glued !== null) {
      const [, user = "", password = ""] = glued;
      const start = word.start + user.length;
      const inside = { ...word, said: password, start, end: start + password.length };
      if (!/^\/\//.test(password) && isCandidate(inside, false)) return matchOf(inside);
    }
    if (before !== undefined && /[\w][,;]$/.test(before.raw) && isCandidate(word, false)) return matchOf(word);
  }
  return null;
}

function isCandidate({ said, quoted }: Word, isLed: boolean): boolean {
  // Code, and no sentence.
  if (!quoted && /[(){}[\]<>"'`|\\]/.test(said)) return false;
  return isLed ? canBePassword(said) : mustBePassword(said);
}

function matchOf({ start, end, said }: Pick<Word, "start" | "end" | "said">): Match {
  return { start, end, type: "secret_in_the_clear", tier: "contextual", value: said };
}
