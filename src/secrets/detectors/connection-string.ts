import { isIn, nameChars } from "../chars.ts";
import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

/** What the whole string must hold for the key to mean what it means there; the first whose sign is met gives the type. */
interface Kind {
  type: string;
  sign: RegExp;
}

const database: readonly Kind[] = [
  {
    type: "azure_sql_password",
    sign: /\.(?:database\.windows\.net|sql\.azuresynapse\.net|database\.(?:chinacloudapi\.cn|usgovcloudapi\.net))/i,
  },
  { type: "azure_cache_for_redis_access_key", sign: /\.redis\.(?:cache\.windows\.net|azure\.net)/i },
  {
    type: "redis_connection_string_password",
    sign: /,\s?(?:ssl|abortConnect|allowAdmin|connectTimeout|syncTimeout|defaultDatabase)=/i,
  },
  { type: "sql_connection_string_password", sign: /./ },
];

const accountKey: readonly Kind[] = [
  { type: "azure_cosmosdb_key_identifiable", sign: /\.documents\.azure\.com|AccountEndpoint=/i },
  { type: "azure_storage_account_key", sign: /./ },
];

const sharedKey: readonly Kind[] = [
  { type: "azure_iot_hub_key", sign: /\.azure-devices\.net/i },
  { type: "azure_event_hub_key_identifiable", sign: /EntityPath=[^;]{0,60}hub/i },
  { type: "azure_service_bus_identifiable", sign: /./ },
];

const accessKey: readonly Kind[] = [
  { type: "azure_signalr_connection_string", sign: /\.service\.signalr\.net/i },
  { type: "azure_web_pub_sub_connection_string", sign: /\.webpubsub\.azure\.com/i },
  { type: "azure_communication_services_connection_string", sign: /\.communication\.azure\.com/i },
  { type: "connection_string_access_key", sign: /./ },
];

const application: readonly Kind[] = [{ type: "azure_active_directory_application_secret", sign: /./ }];

/** The keys of connection strings that carry a secret, lower-case and without blanks. */
const secretKeys: ReadonlyMap<string, readonly Kind[]> = new Map([
  ...[
    "password",
    "pwd",
    "passwd",
    "userpassword",
    "sslpassword",
    "sslkeypassword",
    "proxypassword",
    "truststorepassword",
  ].map((key) => [key, database] as const),
  ...["keystoresecret", "keyvaultproviderclientkey", "clientkeypassword", "pass", "passphrase"].map(
    (key) => [key, database] as const,
  ),
  ["accountkey", accountKey],
  ["sharedaccesskey", sharedKey],
  ["sharedsecretvalue", sharedKey],
  ["accesskey", accessKey],
  ["apikey", accessKey],
  ["secret", [{ type: "azure_app_configuration_connection_string", sign: /\.azconfig\.io|;\s{0,4}Id=/i }]],
  ["clientsecret", application],
  ["applicationkey", application],
  ["appkey", application],
  ["aadclientsecret", application],
]);

const keyThenEquals =
  /(?:pass(?:word|wd|phrase)?|pwd|(?:account|access|application|app|api|client)\s?key|secret(?:\s?value)?)\s{0,4}=/gi;

/**
 * Secrets in `key=value;` strings: ADO.NET, ODBC, JDBC, OLE DB, libpq, storage, Cosmos, Service Bus and Event Hubs, IoT,
 * Redis, App Configuration, SignalR, Kusto. The value alone is taken, by the quoting rules of these strings, and judged;
 * the server, the database and the user stay readable.
 */
export const connectionString: Detector = {
  name: "connection-string",
  mayFind: (text) => text.includes("=") && text.search(keyThenEquals) >= 0,
  find: (text) => {
    const matches: Match[] = [];
    const keys = new RegExp(keyThenEquals.source, "gi");
    for (let found = keys.exec(text); found !== null; found = keys.exec(text)) {
      const equals = found.index + found[0].length;
      const match = atKey(text, found.index, equals);
      if (match === null) continue;
      matches.push(match);
      keys.lastIndex = Math.max(equals, match.end);
    }
    return matches;
  },
};

/** How far around a key its string is looked at; longer ones are cut, so that the time stays linear. */
const reach = 1024;

function atKey(text: string, foundAt: number, equals: number): Match | null {
  const keyStart = startOfKey(text, foundAt);
  const key = text
    .slice(keyStart, equals - 1)
    .toLowerCase()
    .replace(/[\s_-]/g, "");
  const kinds = secretKeys.get(key);
  if (kinds === undefined) return null;
  const left = text.slice(Math.max(0, keyStart - reach), keyStart);
  const separator = separatorBefore(left);
  // The key that opens its string is one only if another pair follows.
  if (separator === null && !text.slice(equals, equals + reach + 64).includes(";")) return null;
  const segment = startOfSegment(left);
  const value = readValue(text, equals, left, segment, separator);
  if (value === null) return null;
  if (separator === null && !startsPairAfter(text, value.after)) return null;
  if (!isLiteral(value.text)) return null;
  const around = left.slice(segment) + text.slice(equals - 1, equals) + text.slice(value.after, value.after + reach);
  const kind = kinds.find(({ sign }) => sign.test(around));
  if (kind === undefined) return null;
  return { start: value.start, end: value.end, type: kind.type, tier: "format", value: value.text };
}

/** Keys may hold blanks (`User Password`) but begin after a separator, a quote or the start. */
function startOfKey(text: string, foundAt: number): number {
  let start = foundAt;
  while (start > 0 && foundAt - start < 40 && isIn(nameChars, text, start - 1)) start--;
  return start;
}

type Separator = ";" | "," | " ";

/** The separator that ends the pair before this key; null where the key opens its string. */
function separatorBefore(left: string): Separator | null {
  const trimmed = left.trimEnd();
  if (trimmed.endsWith(";")) return ";";
  if (trimmed.endsWith("\\") || trimmed === "") return null;
  if (
    trimmed.length === left.length &&
    trimmed.endsWith(",") &&
    /(?:^|[\s"'`=,])[\w.-]{1,253}:\d{2,5}(?:,[^,\s"']{1,200}){0,12},$/.test(trimmed.slice(-400))
  )
    return ",";
  if (
    trimmed.length < left.length &&
    /(?:^|[\s"'`])(?:host|hostaddr|dbname|user|port|sslmode|uid)=[^\s"'`;]{0,200}[^\s"'`;,]$/i.test(trimmed.slice(-300))
  )
    return " ";
  return null;
}

/** Where the string that holds the key begins: after the last line break or unpaired quote. */
function startOfSegment(left: string): number {
  const line = Math.max(left.lastIndexOf("\n"), left.lastIndexOf("\r")) + 1;
  let opened = line;
  let quote = "";
  for (let i = line; i < left.length; i++) {
    const char = left.charAt(i);
    if (char !== '"' && char !== "'" && char !== "`") continue;
    if (quote === "") {
      quote = char;
      opened = i + 1;
    } else if (quote === char) quote = "";
  }
  return quote === "" ? line : opened;
}

/** Whether another `key=` follows: what makes `Password=x` the opening of a connection string. */
function startsPairAfter(text: string, at: number): boolean {
  return /^\s{0,4};\s{0,4}[A-Za-z][A-Za-z ]{1,40}=/.test(text.slice(at, at + 60));
}

interface Value {
  start: number;
  end: number;
  /** Where the pair ends, closing quote included. */
  after: number;
  text: string;
}

function readValue(
  text: string,
  equals: number,
  left: string,
  segment: number,
  separator: Separator | null,
): Value | null {
  let start = equals;
  while (start < text.length && start - equals < 8 && text.charAt(start) === " ") start++;
  const opening = left.charAt(segment - 1);
  const enclosed = opening === '"' || opening === "'" || opening === "`" ? opening : "";
  const escaped = enclosed !== "" && left.charAt(segment - 2) === "\\";
  const first = text.charAt(start);
  // A place that `format()` fills in.
  if (first === "{" && /^\{\d{1,2}\}/.test(text.slice(start, start + 4))) return null;
  if (first === "{" && text.charAt(start + 1) !== "{") {
    const braced = untilClosing(text, start + 1, "}");
    if (braced !== null && !isName(braced.text)) return braced;
  }
  if (first === "\\" && (text.charAt(start + 1) === '"' || text.charAt(start + 1) === "'") && !escaped) {
    const close = text.indexOf(text.slice(start, start + 2), start + 2);
    if (close > 0 && close - start < 600)
      return { start: start + 2, end: close, after: close + 2, text: text.slice(start + 2, close) };
  }
  // `concat('…;AccountKey=', listKeys(…))`: the quote closes what stands before, and the value is another expression.
  if (/^["']\s{0,3}[,)+]/.test(text.slice(start, start + 5))) return null;
  if ((first === '"' || first === "'") && first !== enclosed) {
    const quoted = untilClosing(text, start + 1, first);
    if (quoted !== null) return quoted;
  }
  return unquoted(
    text,
    start,
    enclosed,
    separator,
    segment > 0 || /^\s{0,8}[A-Za-z][\w .-]{0,60}=/.test(left.slice(segment)),
  );
}

/** What a template's braces hold, and not ODBC's, which quote a password: `{password}`, `{db2_pwd}`, `{conf["pw"]}`. */
function isName(inner: string): boolean {
  if (/^[a-z]{1,40}(?:_[a-z0-9]{1,40}){0,10}$/.test(inner) || /[[(]["']/.test(inner)) return true;
  return !/\d/.test(inner) && /^[\w.[\]'"()-]{0,600}$/.test(inner);
}

/** A quoted or braced value, in which the closing character is doubled to be meant. */
function untilClosing(text: string, start: number, close: string): Value | null {
  for (let end = text.indexOf(close, start); end >= 0 && end - start < 600; end = text.indexOf(close, end + 2)) {
    if (text.charAt(end + 1) === close) continue;
    const inner = text.slice(start, end);
    if (/[\r\n]/.test(inner)) return null;
    return { start, end, after: end + 1, text: inner.replaceAll(close + close, close) };
  }
  return null;
}

function unquoted(
  text: string,
  start: number,
  enclosed: string,
  separator: Separator | null,
  whole: boolean,
): Value | null {
  let end = start;
  const stop = Math.min(text.length, start + reach);
  for (; end < stop; end++) {
    const char = text.charAt(end);
    if (char === ";" && !endsEntity(text, end)) break;
    if (char === "\n" || char === "\r" || char === "\0") break;
    if (separator === "," && char === ",") break;
    if (separator === " " && char === " ") break;
    if (enclosed !== "" && char === enclosed) break;
    if (char === "\\" && /["'nr]/.test(text.charAt(end + 1))) break;
    if (
      enclosed === "" &&
      (char === '"' || char === "'" || char === "`") &&
      /^.(?:$|[\s,;)\]}])/.test(text.slice(end, end + 2))
    )
      break;
  }
  if (!whole && text.charAt(end) !== ";") {
    const blank = text.slice(start, end).search(/\s/);
    if (blank >= 0) end = start + blank;
  }
  const raw = text.slice(start, end);
  const trimmed = raw.trimEnd();
  end = start + trimmed.length;
  return trimmed === "" ? null : { start, end, after: end + (raw.length - trimmed.length), text: trimmed };
}

/** The semicolon of `&amp;` separates nothing. */
function endsEntity(text: string, semicolon: number): boolean {
  return /&(?:amp|lt|gt|quot|apos|#\d{2,5}|#x[0-9a-fA-F]{2,5})$/.test(
    text.slice(Math.max(0, semicolon - 8), semicolon),
  );
}
