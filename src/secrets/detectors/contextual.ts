import { assignments } from "../assignments.ts";
import { entropy } from "../chars.ts";
import type { Detector, Match, Tier } from "../detector.ts";
import { signalsIn } from "../signals.ts";
import { isEncryptedCredential, isHex, isIdentifier, isLiteral, isPlainFact } from "./not-a-secret.ts";

/** How much a name promises: `password` and `secret` a secret whatever it looks like, `token` and `key` only if it looks like one. */
export type Strength = "strong" | "weak" | null;

const strongWords = new Set([
  "password",
  "passwd",
  "pwd",
  "passphrase",
  "passcode",
  "pass",
  "pw",
  "secret",
  "secrets",
  "passwort",
  "psw",
  "pswd",
  "pgpassword",
  "mypwd",
  "sshpass",
  "passworte",
  "passworter",
  "passwoerter",
  "kennwort",
  "geheim",
  "geheimnis",
  "motdepasse",
  "mdp",
  "wachtwoord",
  "contrasena",
  "senha",
  "heslo",
  "haslo",
  "psk",
  "losenord",
  "adgangskode",
]);
const weakWords = new Set([
  "token",
  "tokens",
  "apikey",
  "accesskey",
  "accountkey",
  "secretkey",
  "authkey",
  "masterkey",
  "pat",
  "bearer",
  "auth",
  "authorization",
  "credential",
  "credentials",
  "creds",
  "signature",
  "sas",
]);
/** Words after the telling one that change nothing: `password_value`, `SECRET_PROD`, `token2`. */
const trailing = new Set(
  "value val plain plaintext cleartext clear text string str raw literal default prod production dev test staging uat qa old new current previous primary secondary env encoded base64 b64 data header readonly ro rw readwrite admin root owner db bdd sql sftp ftp smtp ldap pg".split(
    " ",
  ),
);
/** What a `key` must be of to be one that opens something. */
const keyOwners = new Set(
  "api access principal account secret private shared master function host admin encryption signing client app application azure subscription service storage cosmos cosmosdb openai search redis sas auth integration routing session webhook functions instrumentation write read deploy ssh jwt hmac aes fernet crypto cipher decryption primary secondary".split(
    " ",
  ),
);
/** What is called a token and is none, or opens nothing. */
const tokenOwners = new Set(
  "next page continuation cancellation sync skip max min num eos bos pad unk sep cls mask stop special total input output prompt completion delimiter id".split(
    " ",
  ),
);
const harmlessKeys = new Set([
  "public key",
  "partition key",
  "primary key",
  "foreign key",
  "sort key",
  "row key",
  "cache key",
  "storage key",
  "result storage key",
  "result key",
  "dynamic key",
  "task key",
  "shard key",
  "instrumentation key",
  "idempotency key",
  "flow key",
  "asset key",
  "host key",
  "ssh key",
  "dedupe key",
  "encrypted credential",
]);

/** The words of a name, lower-case: `AZURE_ClientSecret2` is azure, client, secret. */
function wordsOf(key: string): string[] {
  return withoutAccents(key)
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]{2,40})([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d{1,4}$/, ""))
    .filter((word) => word !== "");
}

/** `Schlüssel` and `clé` as they are written where a name may hold plain letters only. */
const withoutAccents = (key: string) =>
  key
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/ł/g, "l");

/** The same names come again and again. */
const known = new Map<string, Strength>();

/** What a name says of its value. A name that ends on id, name, url, file, version and the like says nothing. */
export function strengthOf(key: string): Strength {
  if (key.length > 200) return null;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= 10_000) known.clear();
  const strength = judgedName(key);
  known.set(key, strength);
  return strength;
}

function judgedName(key: string): Strength {
  // Spark names its settings after the account: `fs.azure.account.key.<account>.dfs.core.windows.net`.
  const words = wordsOf(key.replace(/\.[\w-]{3,24}\.(?:dfs|blob)\.core\.windows\.net$/, ""));
  while (words.length > 1 && trailing.has(words.at(-1) ?? "")) words.pop();
  const last = words.at(-1);
  if (last === undefined) return null;
  const before = words.at(-2) ?? "";
  if (strongWords.has(last))
    return before === "by" || before === "no" || before === "has" || before === "is" || before === "use"
      ? null
      : "strong";
  if (harmlessKeys.has(words.join(" ")) || harmlessKeys.has(`${before} ${last}`))
    return words.includes("account") || words.includes("azure") ? "weak" : null;
  if (words.includes("public") && !words.includes("private")) return null;
  if (last === "token" || last === "tokens") return tokenOwners.has(before) ? null : "weak";
  if (last === "key" || last === "keys")
    // The key that two ends of a VPN share is made up by people, as a password is.
    return words.includes("secret") || before === "shared" || before === "preshared"
      ? "strong"
      : keyOwners.has(before) || words.some((word) => strongWords.has(word))
        ? "weak"
        : null;
  if (weakWords.has(last)) return "weak";
  if ((last === "passe" && before === "de") || ((last === "word" || last === "phrase") && before === "pass"))
    return "strong";
  if (words.includes("cle") && words.some((word) => /^(?:api|acces|secrete|privee|stockage|compte)$/.test(word)))
    return "weak";
  return endsStrong(last);
}

const oneWordKeys =
  /(?:apikey|accesskey|accountkey|(?:access|auth|sas|bearer|api|refresh|bot|zugriffs|zugangs)token|(?:zugriffs|zugangs|api|konto|speicher|geheim|dienst)schlue?ssel)$/;

/** Names written as one word: `dbpassword`, `clientsecret`, `accesstoken`. */
function endsStrong(word: string): Strength {
  if (/(?:password|passwd|passphrase|secret|passwort|kennwort|geheimnis|motdepasse|wachtwoord)$/.test(word))
    return "strong";
  return /(?:user|db|sql|my|admin|root|ftp|smtp|ldap|jdbc|mail|bind|sa)(?:pwd|pass|pw)$/.test(word)
    ? "strong"
    : oneWordKeys.test(word)
      ? "weak"
      : null;
}

/** Whether a value under a name of that strength is a secret, by its looks. */
export function looksSecret(value: string, strength: Strength, quoted: boolean): boolean {
  const text = value.trim();
  if (
    strength === null ||
    text.length < (strength === "weak" ? 16 : 6) ||
    text.length > 8192 ||
    !isMixed(text, strength)
  )
    return false;
  if (!isLiteral(text) || isPlainFact(text) || isIdentifier(text) || isEncryptedCredential(text)) return false;
  if (!quoted && /^[A-Za-z_][\w.]{0,80}(?:\(|$)/.test(text) && !/\d/.test(text)) return false;
  // The type of a field: `secrets: JsonObject[];`, `keys: ReadonlyMap<string, …`.
  if (!quoted && /^[A-Za-z_]\w{0,80}(?:(?:\[\]){1,3}|<[A-Za-z][\w,.]{0,80}>?)$/.test(text)) return false;
  if (/^(?:true|false|null|none)$/i.test(text)) return false;
  return strength === "strong" ? isStrongValue(text) : isTokenValue(text);
}

/** Whether a value has the kinds of characters that a secret has: two kinds under a strong name, letters and digits under a weak one. */
function isMixed(text: string, strength: NonNullable<Strength>): boolean {
  let kinds = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) kinds |= 1;
    else if (code >= 97 && code <= 122) kinds |= 2;
    else if (code >= 65 && code <= 90) kinds |= 4;
    else kinds |= 8;
    if (strength === "strong" ? (kinds & (kinds - 1)) !== 0 : (kinds & 1) !== 0 && (kinds & 6) !== 0) return true;
  }
  return false;
}

function isStrongValue(text: string): boolean {
  return !isPhrase(text) && entropy(text) >= 1.8;
}

/** Two plain words, or three and more of which most are: a remark, and not a password. */
function isPhrase(text: string): boolean {
  const words = text.split(/\s{1,4}/, 400);
  if (words.length === 2) return words.every((word) => /^[\p{L}'’-]{2,40}[.,:;?!…]{0,3}$/u.test(word));
  return (
    words.length >= 3 && words.filter((word) => /^[A-Za-z'’,.:;()/-]{1,40}$/.test(word)).length >= words.length * 0.6
  );
}

function isTokenValue(text: string): boolean {
  if (text.length < 16 || /\s/.test(text.replace(/^(?:Bearer|Basic|Token) /, ""))) return false;
  // A pattern or an expression, and no token.
  if (/[\\(){}[\]|<>^]/.test(text)) return false;
  return entropy(text) > (isHex(text) ? 2.9 : 3.3);
}

/** What a `key` alone does not say, 32 random bytes under it do. */
const keyName = /(?:^|[^A-Za-z])(?:primary|secondary|shared|storage|host)?_?key\d?$|[a-z](?:Key|KEY)\d?$/i;
const harmlessOwner = /public|partition|foreign|sort|row|cache|result|dedup|idempotency|etag|hash|digest|routing/i;

function isKeyBytes(key: string, value: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(value) && keyName.test(key) && !harmlessOwner.test(key) && entropy(value) > 4;
}

/** The finding for a value judged by the name over it alone. */
export function underName(key: string, value: string, start: number, end: number, quoted: boolean): Match | null {
  const strength = strengthOf(key) ?? (isKeyBytes(key, value.trim()) ? "weak" : null);
  if (!looksSecret(value, strength, quoted)) return null;
  const trimmed = value.trim();
  return { start, end, ...typeOf(key, trimmed), value: trimmed };
}

function typeOf(key: string, value: string): { type: string; tier: Tier } {
  const words = wordsOf(key);
  const has = (...needed: string[]) => needed.every((word) => words.includes(word));
  if (/^[A-Za-z0-9+/]{86}==$/.test(value)) {
    if (has("cosmos") || has("cosmosdb")) return { type: "azure_cosmosdb_key_identifiable", tier: "format" };
    if (has("storage") || has("account")) return { type: "azure_storage_account_key", tier: "format" };
  }
  if ((has("client", "secret") || has("app", "secret")) && /^[\w~.\-@?+*/:=[\]]{31,40}$/.test(value)) {
    return { type: "azure_active_directory_application_secret", tier: "contextual" };
  }
  return { type: "secret_in_the_clear", tier: "contextual" };
}

/** Values bound to a secret-like name inside a text: JSON, YAML, dotenv, shell, Python. */
export const contextual: Detector = {
  name: "contextual",
  mayFind: () => true,
  find: (text, { telling } = signalsIn(text)) =>
    assignments(text, telling).flatMap(
      ({ key, value, start, end, quoted }) => underName(key, value, start, end, quoted) ?? [],
    ),
};
