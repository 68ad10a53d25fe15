import { base64url, chars, isBlank, isIn, nameChars, runEnd, runStart } from "./chars.ts";
import { isAccountKeyEnd } from "./detectors/account-key.ts";

/** The words without which a detector finds nothing; of those in capitals the capitals matter. */
const words = {
  "private-key": ["private key"],
  "azure-identifiable-key": "+ASt +ABa +AMC +ASb +AEh +ARm +ACR ACDb APIM AzCa AzSe AzFu AIoT AZEG JQQJ9".split(" "),
  "entra-client-secret": ["Q~", ".Ag"],
  databricks: ["dapi", "dose"],
  github: "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_".split(" "),
  gitlab: "glpat- gldt- glrt- glft- glsoat- glffct- glcbt- glptt- glimt- glagent- gloas- GR1348941".split(" "),
  prefect: ["pnu_", "pnb_"],
  slack: ["xox", "xapp-", "hooks.slack"],
  teams: ["IncomingWebhook"],
  devops: [],
  sas: ["sig=", "sig%3d"],
  jwt: ["eyJ", "ewog", "ewoJ", "ew0K", "eyA"],
  "connection-string": [],
  "url-credentials": ["://", "code=", "jdbc:oracle"],
  "authorization-header": ["basic", "bearer", "authorization"],
  "shell-command": (
    "-u,-p,--user,--proxy-user,redis-cli ,ldapsearch,ldapadd,ldapmodify,ldapdelete,ldapwhoami,-storepass,-keypass," +
    "-newpass,/rp ,/user:,keyvault secret set,sudo -s,-stdin,--with-token,chpasswd,| passwd,| kinit,devops login," +
    "send \",send ',send -- ,sqlplus,expdp,impdp,sqlldr"
  ).split(","),
  "sql-statement": ["identified", "convertto-securestring", "sp_add"],
  "account-key": ["=="],
  "credential-call": (
    "credential( credentials( key( auth( getconnection( .login( connect( authentication( authenticationtoken( provider( auth=( mysqli( mysqli_connect( pdo( " +
    "auth:["
  )
    .split(" ")
    .concat(["auth = (", "auth: [", "auth: ("]),
  prose: "login,log in,log-in,logon,creds,credentials,sign in,zugang,anmeld,einlogg,identifiant,connexion, p: ".split(
    ",",
  ),
  "declared-secret": ["@secure", "@sys.secure", "securestring", "secureobject"],
  table: [":5432:", ":1433:"],
  /** Not of a detector: words by which a structure says that a value is secret. */
  structure: "securestring secureobject @secure @sys.secure sensitive vaults/secrets azurerm_key_vault_secret".split(
    " ",
  ),
  contextual: (
    "pass pwd secret token key cred auth bearer sas pat signature pw kennw geheim ssel mdp wachtw contrase senha heslo " +
    "haslo senord adgangsk psk cle_ cle-"
  ).split(" "),
} as const satisfies Readonly<Record<string, readonly string[]>>;

type DetectorName = keyof typeof words;

/** The detectors that may find something in a text, and where its names are that can end up being judged. */
export interface Signals {
  detectors: ReadonlySet<string>;
  /** Where words stand that could be of a secret's name. */
  telling: readonly number[];
  /** Where words stand by which a sentence tells of a password. */
  spoken: readonly number[];
}

/** A word, the detector that it calls, and whether its capitals count. */
interface Word {
  text: string;
  detector: DetectorName;
  exact: boolean;
  /** Whether a sentence may tell of what it names. */
  isNoun: boolean;
  /** Whether it may be of a connection string's key. */
  isKey: boolean;
}

const all: readonly Word[] = Object.entries(words).flatMap(([detector, texts]) =>
  texts.map((text) => ({
    text,
    detector: detector as DetectorName,
    exact: text !== text.toLowerCase(),
    isNoun: /^(?:pass|pwd|pw|secret|token|key|kennw|geheim|mdp|contrase|wachtw|ssel)$/.test(text),
    isKey: /^(?:pass|pwd|secret|key)$/.test(text),
  })),
);

/** Aho and Corasick's automaton over the words: one look-up a character, whatever their number. */
const { next, classes, ends } = automaton(all);

function automaton(list: readonly Word[]) {
  const classes = new Uint8Array(1 << 16);
  let width = 1;
  for (const { text } of list) {
    for (const char of text.toLowerCase()) {
      const code = char.charCodeAt(0);
      if (classes[code] !== 0) continue;
      classes[code] = width;
      classes[char.toUpperCase().charCodeAt(0)] = width++;
    }
  }
  const rows: number[][] = [new Array<number>(width).fill(-1)];
  const ends: Word[][] = [[]];
  for (const word of list) {
    let state = 0;
    for (const char of word.text.toLowerCase()) {
      const kind = classes[char.charCodeAt(0)] ?? 0;
      let to = rows[state]?.[kind] ?? -1;
      if (to < 0) {
        to = rows.length;
        rows.push(new Array<number>(width).fill(-1));
        ends.push([]);
        (rows[state] ?? [])[kind] = to;
      }
      state = to;
    }
    ends[state]?.push(word);
  }
  const fallback = new Array<number>(rows.length).fill(0);
  const queue = [0];
  for (const state of queue) {
    rows[state]?.forEach((to, kind) => {
      const back = state === 0 ? 0 : (rows[fallback[state] ?? 0]?.[kind] ?? 0);
      if (to < 0) {
        (rows[state] ?? [])[kind] = back;
        return;
      }
      fallback[to] = back;
      ends[to]?.push(...(ends[back] ?? []));
      queue.push(to);
    });
  }
  // A state is the place of its row. Those in which a word ends come as negative numbers, so that one comparison tells.
  const next = new Int32Array(rows.length * width);
  rows.forEach((row, state) => {
    row.forEach((to, kind) => {
      next[state * width + kind] = (ends[to]?.length ?? 0) > 0 ? -to * width : to * width;
    });
  });
  return { next, classes, ends: new Map(ends.map((words, state) => [state * width, words])) };
}

/** Which detectors may find something in a text. Exact the way `mayFind` is: what is not named would find nothing. */
export function signalsIn(text: string): Signals {
  const detectors = new Set<string>(hasLongRun(text) ? ["devops"] : []);
  const telling: number[] = [];
  const spoken: number[] = [];
  const sign = { at: -1 };
  let state = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    state = next[state + (classes[code] as number)] as number;
    if (state >= 0) continue;
    state = -state;
    for (const word of ends.get(state) ?? []) heard(word, text, at + 1, detectors, telling, spoken, sign);
  }
  if (spoken.length > 0) detectors.add("prose");
  return { detectors, telling, spoken };
}

/** The signals of a stretch of a text, counted from its start, so that no text is listened to twice. */
export function signalsBetween({ detectors, telling, spoken }: Signals, from: number, to: number): Signals {
  const moved = (places: readonly number[]) =>
    places.filter((place) => place > from && place < to).map((place) => place - from);
  return { detectors, telling: moved(telling), spoken: moved(spoken) };
}

const base32 = chars("abcdefghijklmnopqrstuvwxyz234567");

/** Whether 52 characters of base32 stand together, as in the older tokens of Azure DevOps. */
function hasLongRun(text: string): boolean {
  for (let at = 51; at < text.length; ) {
    if (!isIn(base32, text, at)) {
      at += 52;
      continue;
    }
    const start = runStart(base32, text, at, 52);
    const end = runEnd(base32, text, at, 52);
    if (end - start >= 52) return true;
    at = Math.max(end, at) + 51;
  }
  return false;
}

function heard(
  { text: word, detector, exact, isNoun, isKey }: Word,
  text: string,
  end: number,
  detectors: Set<string>,
  telling: number[],
  spoken: number[],
  sign: { at: number },
): void {
  if (detector === "contextual") {
    if (telling.at(-1) !== end) telling.push(end);
    detectors.add("contextual");
    if (isNoun && !isAssigned(text, end) && isInSentence(text, end - word.length, end)) spoken.push(end);
    if (word === "cred" && isList(text, end)) detectors.add("credential-call");
    if (!detectors.has("table") && isCell(text, end - word.length, end)) detectors.add("table");
    if (isKey && !detectors.has("connection-string") && hasEquals(text, end)) detectors.add("connection-string");
    if (!detectors.has("url-credentials") && isParameter(text, end - word.length)) detectors.add("url-credentials");
    return;
  }
  if (detector === "prose") {
    const start = end - word.length;
    if (word === " p: " || (!isIn(letters, text, start - 1) && isInSentence(text, start, end))) spoken.push(end);
    return;
  }
  if (detectors.has(detector) || (exact && !text.startsWith(word, end - word.length))) return;
  if (word === "://" ? hasUser(text, end, sign) : confirmed(word, text, end)) detectors.add(detector);
}

/** `pass`, `secret` and the like with an `=` after the rest of the name. */
function hasEquals(text: string, from: number): boolean {
  for (let at = from; at < text.length && at - from < 16; at++) if (text.charCodeAt(at) === 0x3d) return true;
  return false;
}

const letters = chars("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
/** What a noun of a sentence may follow, `SAP-Passwort` and `neue Passwörter` among them. */
const spokenBefore = chars(" \t\n\r-*_`(\"'>#/[:,.");

/** `API key` and the like; a key alone is anything. */
function isOpeningKey(text: string, to: number): boolean {
  return (
    "iIsStTdDrReE-_ ".includes(text.charAt(to - 4) || "x") &&
    /(?:api|access|account|shared|secret|master|private)[-_ ]?key$/i.test(text.slice(Math.max(0, to - 14), to))
  );
}

const isFree = (text: string, start: number) => start === 0 || isIn(spokenBefore, text, start - 1);

/** Whether a digit stands in the same line, as in every password that is told of. */
function hasDigitBeside(text: string, from: number, to: number): boolean {
  for (let at = to; at - to < 160 && at < text.length && text.charCodeAt(at) !== 10; at++)
    if (isDigit(text, at) || isIn(signs, text, at)) return true;
  for (let at = from - 1; from - at < 160 && at >= 0 && text.charCodeAt(at) !== 10; at--)
    if (isDigit(text, at)) return true;
  // `Password:` and the password in the next lines.
  return /^["'*_`)]{0,3}:["'*_`]{0,3}\s{0,4}\n/.test(text.slice(to, to + 16));
}

/** `password: x` in a line of its own: what stands at once behind the colon is looked at under its name. */
function isAssigned(text: string, to: number): boolean {
  let at = runEnd(letters, text, to, 24);
  if (text.charAt(at) !== ":" || text.charAt(at + 1) !== " ") return false;
  at += 2;
  const start = at;
  while (at < text.length && at - start < 80 && text.charCodeAt(at) > 32) at++;
  return at > start && (at >= text.length || text.charAt(at) === "\n" || text.charAt(at) === "\r");
}

const signs = chars("!$%^~");
const isDigit = (text: string, at: number) => {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
};

/** Whether a word may be told of in a sentence: blanks follow it and no sign of code, or the sentence ends with it. */
function isInSentence(text: string, from: number, to: number): boolean {
  // A name in code goes on: `token_count`, `password9`.
  const wordEnd = runEnd(letters, text, to, 24);
  if (isIn(nameChars, text, wordEnd) || !isFree(text, runStart(letters, text, from, 24))) return false;
  let at = wordEnd;
  while (at - to < 30 && (text.charCodeAt(at) >= 0xc0 || "*_`):»“”".includes(text.charAt(at) || "x"))) at++;
  if (text.charAt(at) !== " ") {
    const isEnd = at >= text.length || "\n\r.,!?".includes(text.charAt(at));
    if (!isEnd || (text.charAt(at - 1) !== ":" && text.charAt(runStart(nameChars, text, from, 24) - 1) !== " "))
      return false;
  } else {
    while (text.charAt(at) === " ") at++;
    if (at >= text.length || "={[<>,;|&+/".includes(text.charAt(at))) return false;
  }
  return (text.charCodeAt(to - 1) !== 0x79 || isOpeningKey(text, to)) && hasDigitBeside(text, from, wordEnd);
}

/** Whether a list follows a name: `creds = ("user", …`. */
function isList(text: string, from: number): boolean {
  let at = runEnd(letters, text, from, 24);
  let signs = 0;
  for (; at - from < 32; at++) {
    const char = text.charAt(at);
    if (char === "=" || char === ":") signs++;
    else if (char !== " ") return signs === 1 && (char === "(" || char === "[");
  }
  return false;
}

const cellChars = chars("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_ .-\"'*`");
const isSeparator = (char: string) => char === "|" || char === ";" || char === "," || char === "\t";
const isBorder = (char: string) => char === "" || char === "\n" || char === "\r" || char === "\\";

/** Whether a name has its place to itself between the separators of a table's line. */
function isCell(text: string, from: number, to: number): boolean {
  const wordEnd = runEnd(letters, text, to, 24);
  if (text.charAt(wordEnd) === "_" || (text.charCodeAt(to - 1) === 0x79 && !isOpeningKey(text, to))) return false;
  const after = text.charAt(runEnd(cellChars, text, wordEnd, 24));
  if (!isSeparator(after) && !isBorder(after)) return false;
  const before = text.charAt(runStart(cellChars, text, from, 24) - 1);
  return isSeparator(before) || (isBorder(before) && isSeparator(after));
}

/** Whether a name is a parameter of a query: `?password=`, `&token=`. */
function isParameter(text: string, from: number): boolean {
  const before = text.charAt(runStart(nameChars, text, from, 40) - 1);
  return before === "?" || before === "&";
}

/** Whether something stands before an `@` in an address; `sign` remembers where the next one is. */
function hasUser(text: string, from: number, sign: { at: number }): boolean {
  if (sign.at < from) {
    const found = text.indexOf("@", from);
    sign.at = found < 0 ? Number.POSITIVE_INFINITY : found;
  }
  if (sign.at - from > 2100) return false;
  let isOpen = false;
  for (let at = from; at < sign.at; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x7b) isOpen = true;
    else if (
      !isOpen &&
      (char === 0x22 || char === 0x27 || char === 0x60 || char === 0x3c || char === 0x3e || isBlank(text, at))
    )
      return false;
  }
  return true;
}

const headerChars = chars("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/._~:-");

/** What must stand near a word for it to matter. */
const needed: Readonly<Record<string, readonly [before: number, after: number, what: RegExp]>> = {
  authorization: [0, 60, /(?:token|apikey|sharedkey)\s{1,3}[A-Za-z0-9+/._~:-]{8}/i],
  securestring: [400, 400, /["'](?:value|defaultValue)["']\s{0,8}:\s{0,8}["'](?!["'])/i],
  secureobject: [400, 400, /["'](?:value|defaultValue)["']\s{0,8}:/i],
  "@secure": [0, 400, /\bparam\s{1,8}\w{1,80}\s{1,8}\w{1,80}\s{0,8}=\s{0,8}'(?!'(?!'))/],
  "@sys.secure": [0, 400, /\bparam\s{1,8}\w{1,80}\s{1,8}\w{1,80}\s{0,8}=\s{0,8}'(?!'(?!'))/],
  sensitive: [400, 400, /\bdefault\s{0,20}=\s{0,8}(?:"(?!")|<)/],
  azurerm_key_vault_secret: [0, 800, /\bvalue\s{0,20}=\s{0,8}(?:"(?!")|<)/],
  "vaults/secrets": [0, 800, /\bvalue["']?\s{0,8}:\s{0,8}["'](?!["'])/],
};

function confirmed(word: string, text: string, end: number): boolean {
  if (word === "==") return isAccountKeyEnd(text, end - 2);
  if (word === "basic" || word === "bearer") {
    let at = end;
    while (at - end < 4 && isBlank(text, at)) at++;
    for (let i = at; i < at + 8; i++) if (!isIn(headerChars, text, i)) return false;
    return at > end;
  }
  const near = needed[word];
  if (near !== undefined) return near[2].test(text.slice(Math.max(0, end - near[0]), end + near[1]));
  if (words.jwt.some((opening) => opening === word)) return text.charAt(runEnd(base64url, text, end, 16_384)) === ".";
  return word.charAt(0) !== "-" || end === word.length || isBlank(text, end - word.length - 1);
}
