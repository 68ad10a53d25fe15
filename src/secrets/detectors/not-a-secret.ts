import { base64url, hex, isIn } from "../chars.ts";

/** Published constants of the local emulators: everybody has them. Azurite's account key, then the Cosmos emulator's. */
const emulatorKeys = [
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
  "SAS_KEY_VALUE",
];

function isEmulatorKey(value: string): boolean {
  return emulatorKeys.some((key) => value === key || (key.length > 40 && value === key.slice(0, -2)));
}

/** What a service shows in place of a secret: Prefect's `********` and `****abcd`, bullets, `xxxx`, `[REDACTED]`. */
function isMask(value: string): boolean {
  if (/^\*{3,512}.{0,4}$/s.test(value) || /^\*{1,512}$/.test(value)) return true;
  if (/^(?:[xX]{3,512}|#{2,512}|[•●·.…-]{2,512}|_{2,512}|\?{2,512})$/.test(value)) return true;
  return /^[[(<{]{0,2}\s?(?:redacted|masked|hidden|secret|sensitive(?: value)?|filtered|removed|omitted|obfuscated|known after apply)\s?[\])>}]{0,2}$/i.test(
    value,
  );
}

/** A name by which the value is fetched elsewhere, or a template that fills it in: nothing secret stands here. */
export function isReference(value: string): boolean {
  const first = value.charAt(0);
  if (first === "@" && /^@(?:Microsoft\.KeyVault\(|\{|@?[a-zA-Z]{2,40}\()/.test(value)) return true;
  if (first === "@" && /^@[A-Za-z_]{1,64}$/.test(value)) return true;
  if (first === "$" && value.startsWith("$ANSIBLE_VAULT;")) return true;
  // Encrypted where it stands, by SOPS, Jasypt and Spring.
  if (/^(?:ENC\[[A-Z0-9_]{2,40},|ENC\(.{1,400}\)$|\{cipher\})/.test(value)) return true;
  if (first === "$" && isShellVariable(value)) return true;
  // A member of a variable of PowerShell: `$app.password`.
  if (first === "$" && /^\$[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}(?:\(\))?){1,6}$/.test(value)) return true;
  // What a script of deployment puts in: `#STORAGE_ACCOUNT_KEY#`.
  if (first === "#" && /^#[A-Z][A-Z0-9_]{2,60}#$/.test(value)) return true;
  // An expression that was cut at a quote inside it: `${listKeys('…`.
  if (first === "$" && /^\$[{(][\w$]/.test(value)) return true;
  // How Data Factory is told to make a parameter of a property: `-::secureString`.
  if (/^[-=|]?:[-\w]{0,60}:(?:secureString|string|int|bool|object|array)?$/i.test(value)) return true;
  if (first === "%" && /^%(?:[A-Za-z_][A-Za-z0-9_]{0,80}%|[A-Z_]{2,80}\d?|[a-z_]{2,80})$/.test(value)) return true;
  if (first === "[" && /^\[[a-zA-Z]{2,40}\(.{0,2000}\]$/s.test(value)) return true;
  if (first === "{" && /^\{[A-Za-z_][\w.[\]()'"!:-]{0,120}\}$/.test(value)) return true;
  if (first === "{" && /^\{\d{1,2}\}$/.test(value)) return true;
  if (first === "!" && /^![A-Za-z]{2,30}(?::\w{1,30})?(?:\s.{0,200})?$/.test(value)) return true;
  if (first === "%" && /^%(?:\([A-Za-z_]\w{0,80}\))?s$/.test(value)) return true;
  if (value.includes("{{") && value.includes("}}")) return true;
  if (value.includes("${") || value.includes("$(") || value.includes("#{") || value.includes("@{")) {
    if (/[$#@](?:\{[^}]{1,400}\}|\([^)]{1,400}\))/.test(value)) return true;
  }
  if (value.includes("<%") && value.includes("%>")) return true;
  if (first === "_" && /^__[A-Za-z][A-Za-z0-9_.-]{0,80}__$/.test(value)) return true;
  if (
    /^(?:env|secret|secretref|vault|keyvault|akv|kv|op|aws-sm|azurekeyvault|ref|file|ssm)(?::\/{0,2}|\/\/)[\w./{}@-]{1,400}$/i.test(
      value,
    )
  ) {
    return true;
  }
  if (/^https:\/\/[\w-]{1,64}\.vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)(?:\/|$)/i.test(value)) return true;
  return isCodeReference(value);
}

/** `$NAME`, `$env:NAME`, `$name`; but a password may begin with a dollar too, so mixed names with digits are left. */
function isShellVariable(value: string): boolean {
  return /^\$(?:[A-Z_][A-Z0-9_]{0,80}|[a-z]{1,40}\d{0,2}(?:_[a-z0-9]{1,40}){0,8}|[a-z]{2,30}[A-Z][A-Za-z]{1,60}|[A-Z][A-Za-z]{3,60}|env:\w{1,80}|\{?\d\}?|[@*#?])$/.test(
    value,
  );
}

const referenceCalls =
  /^(?:os\.environ|os\.getenv|getenv|env|environ|process\.env|config|settings|Secret|Variable|SecretStr|secrets?|dbutils|mssparkutils|notebookutils|TokenLibrary|System\.getenv|keyvault|kv|key_vault|secret_client|client|get\w{0,40}|read\w{0,40}|load\w{0,40}|fetch\w{0,40}|var|local|module|data|azurerm_\w{1,60}|random_password|random_string|listKeys|reference|parameters|variables|self|cls|this|args|kwargs|request|prefect)(?:\.|\[|\()/;

/** An expression of a language: a call, an index, a member: `os.environ["X"]`, `var.password`, `kv.getSecret('x')`. */
function isCodeReference(value: string): boolean {
  if (!/[.[(]/.test(value)) return false;
  if (/^(?:await )?[A-Za-z_][\w.:]{0,120}\(.{0,1000}\)(?:[.[][\w.()[\]'"-]{0,200})?$/s.test(value)) return true;
  if (/^[A-Za-z_][\w.]{0,120}(?:\[\\?["']?[\w.:/ -]{1,120}\\?["']?\]){1,6}$/.test(value)) return true;
  return referenceCalls.test(value) && !/\s/.test(value) && /^[\w.[\]()'"-]{1,300}$/.test(value);
}

const placeholderWords = new Set(
  (
    "password passwd pwd pass secret secrets token key apikey accesskey accountkey clientsecret credential credentials " +
    "username user value string text none null nil undefined empty unset notset na tbd todo fixme true false yes no on off " +
    "test testing example sample dummy fake mock placeholder default unknown foo bar baz foobar qux changeme changeit " +
    "replaceme fillme setme insert here redacted masked hidden required optional pwdhere notasecret notreal invalid " +
    "mypassword mysecret mytoken mykey mysecretkey yourpassword yoursecret yourtoken yourkey thepassword apassword " +
    "userpassword dbpassword secretkey secretvalue passwordhere secrethere tokenhere keyhere somepassword somesecret " +
    "sometoken anypassword blah abc xyz str strhere bool int"
  ).split(" "),
);

/** Text that stands for a value to be filled in: `<password>`, `your-secret`, `CHANGE_ME`, one character repeated. */
function isPlaceholder(value: string): boolean {
  if (value.length > 200) return false;
  if (/^[<[({«].{0,198}[>\])}»]$/s.test(value)) {
    return value.startsWith("<") || value.startsWith("«") || /^.[A-Za-z][A-Za-z _.-]{0,80}.$/.test(value);
  }
  if (/<[a-z][a-z0-9 _.-]{1,60}>/i.test(value) || /[xX]{8}|\*{6}|[xX]{4}$/.test(value)) return true;
  if (/^[Yy]our[A-Z][A-Za-z@]{2,40}\d{0,4}!?$/.test(value)) return true;
  // A type in a table that terraform-docs wrote: `shared_key = string<br/>`.
  if (/^(?:string|number|bool|any)<br\/?>/.test(value)) return true;
  if (/^(?:invalid|wrong|incorrect|fake)[-_ ][\w -]{1,60}$/i.test(value) || isNameOfOne(value)) return true;
  const bare = value.toLowerCase().replace(/[-_ .=]/g, "");
  if (bare === "") return true;
  if (placeholderWords.has(bare) || isRepeated(bare)) return true;
  if (/(?:change|replace|fill|set|update)[-_ ]?(?:me|this|it)(?![a-z])/i.test(value)) return true;
  if (
    /^(?:please[-_ ])?(?:your|my|insert|enter|add|put|use|replace|provide|paste|type)(?:[-_ .]|(?=[A-Z]))/.test(value)
  )
    return wordy(value);
  if (/^(?:YOUR|MY|INSERT|ENTER|REPLACE|PROVIDE|PASTE)[-_ .]/.test(value)) return wordy(value);
  return /(?:^|[-_. ])(?:example|placeholder|redacted|dummy|goes[-_ ]here|not[-_ ]?(?:set|a[-_ ]?secret|real)|to[-_ ]be[-_ ](?:set|filled|replaced))(?:$|[-_. ])/i.test(
    value,
  );
}

/** What a field for a credential is called, in three words or more: `vmAdminPassword`, `sshPublicKey`. */
function isNameOfOne(value: string): boolean {
  return /^[a-z]{1,20}(?:[A-Z][a-z]{1,20}){1,6}(?:Password|Username|Secret|Token|Key)$/.test(value);
}

/** Words with separators and at most a small number: a phrase that a person wrote, not a generated value. */
function wordy(value: string): boolean {
  return /^[A-Za-z][A-Za-z _.-]{0,120}\d{0,2}$/.test(value);
}

function isRepeated(bare: string): boolean {
  const first = bare.charAt(0);
  for (let i = 1; i < bare.length; i++) if (bare.charAt(i) !== first) return false;
  return bare.length > 2;
}

function isGuid(value: string): boolean {
  return /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i.test(value);
}

/** A digest that says what it is, an integrity attribute, or a password as a system keeps it. */
function isDigest(value: string): boolean {
  if (/^(?:\{\w{2,12}\})?\$(?:1|2[abxy]?|5|6|7|y|apr1|argon2\w{0,2}|scrypt|pbkdf2[\w-]{0,20})\$/.test(value))
    return true;
  if (/^(?:pbkdf2|scrypt|argon2|bcrypt)[\w:-]{0,40}\$|^\{S?(?:SHA|MD5)\w{0,5}\}/i.test(value)) return true;
  return /^(?:sha(?:1|224|256|384|512)|md5|blake2b)[:=-][A-Za-z0-9+/=_-]{16,140}$/i.test(value);
}

/** Whether the value holds something at all and is no reference, mask, placeholder or published constant. */
export function isLiteral(value: string): boolean {
  const text = value.trim();
  return text !== "" && !isReference(text) && !isMask(text) && !isPlaceholder(text) && !isEmulatorKey(text);
}

/** Base64 JSON of Data Factory and Synapse that points at the service's own store of credentials. */
export function isEncryptedCredential(value: string): boolean {
  if (!value.startsWith("ey") && !value.startsWith("ew")) return false;
  if (value.length > 8192 || !isIn(base64url, value, 2)) return false;
  return /"CredentialId"|"SecretId"|"VersionId"/i.test(Buffer.from(value, "base64").toString("latin1"));
}

/** Names of things, not secrets: a path, a version, a date, an address, an e-mail, a number, a whole connection string or query. */
export function isPlainFact(value: string): boolean {
  if (/^[+-]?\d{1,40}(?:\.\d{1,40})?$/.test(value)) return true;
  if (/^v?\d{1,4}(?:\.\d{1,8}){1,3}(?:[-+.][A-Za-z0-9.]{1,30})?$/.test(value)) return true;
  // A secret mounted for a build: `id=npm,src=.npmrc`.
  if (/^(?:id|type)=[\w.-]{1,60}(?:,[a-z]{1,20}=[^,\s]{1,200}){0,6}$/.test(value)) return true;
  // A package pinned by conda: version and build.
  if (/^\d{1,6}(?:\.[0-9a-z]{1,12}){1,5}=\w{1,60}$/.test(value)) return true;
  if (/^\d{4}-\d\d-\d\d(?:[T ][\d:.+Z-]{1,30})?$/.test(value)) return true;
  if (/^(?:[A-Za-z]:)?(?:\.{0,2}[\\/])[\w .@~-]{1,100}(?:[\\/][\w .@~{}-]{0,100}){0,30}$/.test(value)) {
    return value.length < 40 || /[\\/][a-z]{3,}/i.test(value);
  }
  if (
    /^[\w.-]{1,100}\.(?:json|ya?ml|txt|pem|key|crt|cer|pfx|p12|html?|xml|ipynb|xlsx?|log|zip|gz|env|ini|cfg|conf|toml|py|ts|js|sql|sh|ps1|csv|parquet)$/i.test(
      value,
    )
  )
    return true;
  if (/^[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}$/.test(value)) return true;
  if (/^[a-z][a-z0-9+.-]{1,30}:\/\//i.test(value)) return true;
  if (/^(?:[a-z0-9-]{1,63}\.){2,8}[a-z]{2,12}(?::\d{1,5})?$/i.test(value)) return true;
  if (/^[A-Za-z][A-Za-z ]{1,40}=[^;=]{1,400};\s?[A-Za-z][A-Za-z ]{1,40}=/.test(value)) return true;
  if (/^\??[A-Za-z]{1,20}=[^&\s]{0,400}&[A-Za-z]{1,20}=/.test(value)) return true;
  return isGuid(value) || isDigest(value);
}

const vowel = /[aeiouyAEIOUY]/;

/** A name as people write them: `kv-sql-password`, `clientSecret`, `DB_PASSWORD`, `my.setting.name`. */
export function isIdentifier(value: string): boolean {
  if (value.length > 120 || !/^[A-Za-z][A-Za-z0-9_.-]*$/.test(value)) return false;
  // `SECRET1`: what a variable of the environment is called.
  if (/^[A-Z][A-Z_]{2,60}\d{0,2}$/.test(value) && /SECRET|PASSW|TOKEN|KEY|PWD|CRED/.test(value)) return true;
  const parts = value.split(/[-_.]/);
  if (
    parts.length >= 3 &&
    parts.every((part) =>
      /^(?:[a-z]{1,20}|[A-Z]{1,20}|(?:[A-Z][a-z]{1,20}){1,4}|v?\d{1,3}|[A-Z]?[a-z]{1,12}\d{1,2})$/.test(part),
    )
  ) {
    // `sql-password-1` is what a secret is called.
    if (
      parts.some((part) => /^(?:password|passwort|kennwort|passwd|pwd|pw|secret|token|key|credential)s?$/i.test(part))
    )
      return true;
    return parts.filter((part) => part.length > 2 && vowel.test(part)).length >= 2;
  }
  if (parts.length === 2 && /^[a-z]{2,20}[-_](?:password|passwort|secret|token|key|credential)s?\d{1,2}$/.test(value))
    return true;
  if (/\d/.test(value)) return false;
  const words = parts.flatMap((part) => part.match(/[A-Z]?[a-z]{1,60}|[A-Z]{1,60}/g) ?? []);
  const letters = words.reduce((sum, word) => sum + word.length, 0);
  return (
    words.length > 0 &&
    letters / words.length >= 3.5 &&
    words.filter((word) => vowel.test(word)).length >= words.length * 0.75
  );
}

export function isHex(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (!isIn(hex, value, i)) return false;
  return value !== "";
}
