import type { Detector, Match } from "../detector.ts";
import { canBePassword, mustBePassword } from "./password-look.ts";

/** What a password is called in a sentence; compounds end on it: `SAP-Passwort`, `Initialkennwort`. */
const noun =
  /(?:passw(?:or[dt]s?|örter|d)|kennw(?:ort|örter)|passphrase|passcode|pwd|pw|mdp|mots? de passe|contraseña|wachtwoord|geheimnis|secret)(?![\wÀ-ɏ-])/gi;

/** After which a pair of user and password may stand without either being called so. */
const access =
  /(?:log[- ]?ins?|logon|creds|credentials|sign[- ]?in|zugang(?:sdaten)?|anmelde(?:n|daten)|anmeldung|einloggen|identifiants?|connexion)(?![\wÀ-ɏ-])/gi;

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

const farthest = 160;
const mostWords = 12;

/**
 * Passwords that people tell each other: "the password for etl is …", "Das Kennwort lautet …", "password `…`",
 * "log in with ops / …". What stands there must look like no word, name, date or address.
 */
export const prose: Detector = {
  name: "prose",
  mayFind: (text) => text.search(noun) >= 0 || text.search(access) >= 0,
  find: (text) => {
    const matches: Match[] = [];
    for (const found of text.matchAll(noun)) {
      if (!isWord(text, found.index, found[0].length > 3)) continue;
      const after = found.index + found[0].length;
      // What is joined to the noun is an assignment, which others read.
      if (!/^(?:[`*_)»“”]{0,3}:?[*_]{0,3})(?:\s|$)/.test(text.slice(after, after + 10))) continue;
      const match = told(text, after, /^(?:pw|pwd|mdp)$/i.test(found[0]));
      if (match !== null) matches.push(match);
    }
    for (const found of text.matchAll(access)) {
      if (!isWord(text, found.index, false)) continue;
      const match = paired(text, found.index + found[0].length);
      if (match !== null) matches.push(match);
    }
    return matches;
  },
};

/** A word as it stands in the line, and what it says without quotes and punctuation around it. */
interface Word {
  said: string;
  start: number;
  end: number;
  quoted: boolean;
  raw: string;
}

function* wordsAfter(text: string, from: number): Generator<Word> {
  let stop = text.indexOf("\n", from);
  // `Your password:` and the password in the next line.
  if (stop >= 0 && /^[*_`]{0,3}\s{0,3}[:=][*_`]{0,3}\s{0,8}$/.test(text.slice(from, Math.min(stop, from + 24)))) {
    while (stop < text.length && stop - from < 40 && text.charAt(stop) <= " ") stop++;
    stop = text.indexOf("\n", stop);
  }
  const limit = Math.min(stop < 0 ? text.length : stop, from + farthest);
  const line = text.slice(from, limit);
  let count = 0;
  for (const { 0: raw, index } of line.matchAll(/\S{1,130}/g)) {
    if (++count > mostWords) return;
    const opening = /^["'`*_(<„“”«‚‘]{0,4}/.exec(raw)?.[0].length ?? 0;
    const isQuoted = /^[*_(]{0,3}["'`„“«‚‘]|^\*/.test(raw) && /["'`“”»‘’*][*_).,;:!?]{0,4}$/.test(raw.slice(opening));
    const inner = raw.slice(opening).replace(/["'`*“”»‘’)>.,;:]{1,6}$/, "");
    const start = from + index + (isQuoted || (opening > 0 && /["'`„“«‚‘(]/.test(raw.slice(0, opening))) ? opening : 0);
    const said = start === from + index ? raw.replace(/["'`*“”»‘’)>.,;:]{1,6}$/, "") : inner;
    yield { said, start, end: start + said.length, quoted: isQuoted, raw };
  }
}

function told(text: string, from: number, isShort: boolean): Match | null {
  let isLed = isShort;
  let count = 0;
  for (const word of wordsAfter(text, from)) {
    count++;
    const { raw, said } = word;
    const plain = raw.toLowerCase();
    if (teaches.test(raw) || /^[=!<>&|+]{1,3}$/.test(raw)) return null;
    if (leadsTo.has(plain) || leadsTo.has(said.toLowerCase()) || /^[*_`]{0,3}:[*_`]{0,3}$/.test(raw)) {
      isLed = true;
      continue;
    }
    if (isLed && between.has(plain)) continue;
    if (isCandidate(word, isLed || (word.quoted && count <= 2))) return match(word);
    if (/[.;!?]["')]?$/.test(raw) && !/^(?:nr|no|st|ca|bzw)\.$/i.test(raw)) return null;
    isLed = raw.endsWith(":");
  }
  return null;
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
      isCandidate(word, false)
    )
      return match(word);
    const glued = /^([\w.@\\-]{2,60}[/:|])(.{7,})$/.exec(word.said);
    if (glued !== null) {
      const [, user = "", password = ""] = glued;
      const start = word.start + user.length;
      const inside = { ...word, said: password, start, end: start + password.length };
      if (!/^\/\//.test(password) && isCandidate(inside, false)) return match(inside);
    }
    if (before !== undefined && /[\w][,;]$/.test(before.raw) && isCandidate(word, false)) return match(word);
  }
  return null;
}

function isCandidate({ said, quoted }: Word, isLed: boolean): boolean {
  // Code, and no sentence.
  if (!quoted && /[(){}[\]<>"'`|\\]/.test(said)) return false;
  return isLed ? canBePassword(said) : mustBePassword(said);
}

function match({ start, end, said }: Word): Match {
  return { start, end, type: "secret_in_the_clear", tier: "contextual", value: said };
}
