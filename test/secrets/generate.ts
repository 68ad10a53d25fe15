import { crc32, marvin32 } from "../../src/secrets/checksum.ts";
import { annotatedChecksum } from "../../src/secrets/detectors/azure-identifiable-key.ts";
import { entraChecksum } from "../../src/secrets/detectors/entra-client-secret.ts";
import { githubChecksum } from "../../src/secrets/detectors/github.ts";

/** Made-up secrets, the same for the same seed. None was ever issued; all are put together only while the tests run. */
export interface Generator {
  /** A whole number below `bound`. */
  below(bound: number): number;
  from(alphabet: string, length: number): string;
}

export function generator(seed: number): Generator {
  let state = (seed * 2654435761 + 1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number) => next() % bound;
  return {
    below,
    from: (alphabet, length) => Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(""),
  };
}

export const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const lower = upper.toLowerCase();
export const digits = "0123456789";
export const base62 = upper + lower + digits;

/** 64, 32, 39 or 42 random bytes with the signature in its place and a Marvin32 checksum at the end. */
export function identifiableKey(make: Generator, signature: string, bytes: number, seed: string, sound = true): string {
  const signatureAt = { 64: 76, 32: 33, 39: 42, 42: 46 }[bytes] ?? 0;
  const length = { 64: 86, 32: 43, 39: 52, 42: 56 }[bytes] ?? 0;
  const url = signature === "AzFu";
  const at = url ? 44 : signatureAt;
  const size = url ? 40 : bytes;
  const head = make.from(base62, at) + signature;
  const total = url ? 54 : length;
  const after = size % 3 === 2 ? "A" : size === 39 ? "A" : "";
  const draft = (head + after).padEnd(total, "A");
  const data = Buffer.from(draft, "base64").subarray(0, size);
  data.writeInt32LE((marvin32(data.subarray(0, size - 4), seed) ^ (sound ? 0 : 0x01010101)) | 0, size - 4);
  return data.toString(url ? "base64url" : "base64") + (url ? "==" : "");
}

/** A common annotated key of a provider: 84 characters, the last four of them its checksum. */
export function annotatedKey(make: Generator, provider: string, sound = true): string {
  const body = `${make.from(base62, 52)}JQQJ99B${make.from("ABCDEFGHIJKL", 1)}${make.from(base62, 12)}${make.from(base62, 4)}${provider}`;
  const seal = annotatedChecksum(body);
  return body + (sound ? seal : seal === "zzzz" ? "yyyy" : "zzzz");
}

export function entraSecret(make: Generator, sound = true): string {
  const body = `${make.from(base62, 3)}8Q~${make.from(`${base62}-_~`, 31)}`;
  const seal = entraChecksum(body);
  return body + (sound ? seal : seal === "b9z" ? "b9y" : "b9z");
}

export const olderEntraSecret = (make: Generator) => `${make.from(base62, 3)}7Q~${make.from(`${base62}-_`, 31)}`;

export function githubToken(make: Generator, prefix = "ghp_", sound = true): string {
  const body = make.from(base62, prefix === "ghr_" ? 70 : 30);
  const seal = githubChecksum(body);
  return prefix + body + (sound ? seal : seal === "ZZZZZZ" ? "YYYYYY" : "ZZZZZZ");
}

/** 52 characters of base32 with the CRC-32 of the other bytes in bytes 2, 7, 8 and 22. */
export function devopsToken(make: Generator, issuer = 0xe0b9692d): string {
  const bytes = Uint8Array.from({ length: 32 }, () => make.below(256));
  const places = [2, 7, 8, 22];
  const seal = (crc32(bytes.filter((_byte, index) => !places.includes(index))) ^ issuer) >>> 0;
  places.forEach((place, index) => {
    bytes[place] = (seal >>> (24 - index * 8)) & 0xff;
  });
  const alphabet = `${lower}234567`;
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.padEnd(260, "0").match(/.{5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five, 2))).join("");
}

export function jsonWebToken(make: Generator, issuer = "https://idp.test/"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: issuer, sub: make.from(lower, 8) })}.${make.from(`${base62}-_`, 86)}`;
}

export function pem(make: Generator, kind = "RSA "): string {
  const lines = Array.from({ length: 6 }, () => make.from(`${base62}+/`, 64));
  return [`-----BEGIN ${kind}PRIVATE ${"KEY"}-----`, ...lines, `-----END ${kind}PRIVATE ${"KEY"}-----`].join("\n");
}

/** Letters of both cases, digits and a sign, as a person or a generator makes them; never a placeholder. */
export function password(make: Generator, signs = "!-_.~*+"): string {
  const rest = make.from(base62, 7 + make.below(8));
  return `${make.from(upper, 1)}${make.from(digits, 2)}${make.from(signs, 1)}q7${rest}`;
}

/** A made-up value of each kind, by the name that the corpus uses. */
export const kinds: Readonly<Record<string, (make: Generator) => string>> = {
  password,
  storageKey: (make) => identifiableKey(make, "+ASt", 64, "Default0"),
  legacyStorageKey: (make) => `${make.from(`${base62}+/`, 85)}A==`,
  cosmosKey: (make) => identifiableKey(make, "ACDb", 64, "MastRW00"),
  serviceBusKey: (make) => identifiableKey(make, "+ASb", 32, "Manage00"),
  eventHubKey: (make) => identifiableKey(make, "+AEh", 32, "Send0000"),
  redisKey: (make) => identifiableKey(make, "AzCa", 32, "Access00"),
  registryKey: (make) => identifiableKey(make, "+ACR", 39, "ACRDflt0"),
  searchKey: (make) => {
    let key = identifiableKey(make, "AzSe", 39, "PAdmin00");
    while (/[+/]/.test(key)) key = identifiableKey(make, "AzSe", 39, "PAdmin00");
    return key;
  },
  functionKey: (make) => identifiableKey(make, "AzFu", 40, "Functi00"),
  openaiKey: (make) => annotatedKey(make, "ACOG"),
  devopsKey: (make) => annotatedKey(make, "AZDO"),
  appConfigurationKey: (make) => annotatedKey(make, "AZAC"),
  devopsToken: (make) => devopsToken(make),
  entraSecret: (make) => entraSecret(make),
  olderEntraSecret,
  databricksToken: (make) => `dapi${make.from("0123456789abcdef", 32)}`,
  databricksSecret: (make) => `dose${make.from("0123456789abcdef", 32)}`,
  githubToken: (make) => githubToken(make),
  githubFineGrained: (make) => `github_pat_${make.from(base62, 22)}_${make.from(base62, 59)}`,
  gitlabToken: (make) => `glpat-${make.from(base62, 20)}`,
  prefectKey: (make) => `pnu_${make.from(base62, 36)}`,
  prefectServiceKey: (make) => `pnb_${make.from(base62, 36)}`,
  slackToken: (make) => `xoxb-${make.from("123456789", 11)}-${make.from("123456789", 12)}-${make.from(base62, 24)}`,
  slackPath: (make) => `T${make.from(upper + digits, 10)}/B${make.from(upper + digits, 10)}/${make.from(base62, 24)}`,
  jsonWebToken: (make) => jsonWebToken(make),
  privateKey: (make) => pem(make),
  sasSignature: (make) => encodeURIComponent(`${make.from(`${base62}+/`, 42)}8=`),
  token: (make) => `${make.from(base62, 30)}4kZ9`,
  hex: (make) => `3${make.from("0123456789abcdef", 30)}f`,
};

/** `‹kind›` in a template replaced by a value of that kind; the values come back too. */
export function fill(template: string, make: Generator): { text: string; values: string[] } {
  const values: string[] = [];
  const text = template.replace(/‹(\w+)›/g, (_whole, kind: string) => {
    const value = kinds[kind]?.(make);
    if (value === undefined) throw new Error(`no generator for ${kind}`);
    values.push(value);
    return value;
  });
  return { text, values };
}

/** A made-up credential, and the text that tells what it is. */
export interface Credential {
  /** The type that leastwise tells of it. */
  type: string;
  /** As it stands in the text. */
  value: string;
  /** What of it nobody could know: without the prefixes and other parts that all of its kind share. */
  hidden: string;
  /** The shortest text in which it is told; the value itself where its form tells it. */
  text: string;
}

const hexDigits = "0123456789abcdef";
const guid = (make: Generator) => [8, 4, 4, 4, 12].map((length) => make.from(hexDigits, length)).join("-");
/** 32 characters that are surely a token: letters of both cases and digits. */
const secret = (make: Generator) => `${make.from(base62, 13)}4kZ9q7${make.from(base62, 13)}`;
const raw = (make: Generator, bytes: number) => {
  const zeros = (bytes * 8) % 6 === 0 ? "" : "A";
  const length = Math.ceil((bytes * 8) / 6) - zeros.length;
  return (make.from(base62, length) + zeros).padEnd(Math.ceil(bytes / 3) * 4, "=");
};

type Told = (value: string, make: Generator) => string;
type Made = (make: Generator) => string | { value: string; hidden: string };

function credential(type: string, made: Made, told: Told = (value) => value): (make: Generator) => Credential {
  return (make) => {
    const drawn = made(make);
    const { value, hidden } = typeof drawn === "string" ? { value: drawn, hidden: drawn } : drawn;
    return { type, value, hidden, text: told(value, make) };
  };
}

/** A token of which all begin alike. */
const prefixed =
  (prefix: string, body: (make: Generator) => string): Made =>
  (make) => {
    const hidden = body(make);
    return { value: prefix + hidden, hidden };
  };

const classic =
  (prefix: string): Made =>
  (make) => {
    const value = githubToken(make, prefix);
    return { value, hidden: value.slice(prefix.length) };
  };

const token =
  (header: object, issuer: string): Made =>
  (make) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const hidden = make.from(`${base62}-_`, 86);
    return { value: `${part(header)}.${part({ iss: issuer, sub: make.from(lower, 8) })}.${hidden}`, hidden };
  };

const pemOf =
  (label: string, block = ""): Made =>
  (make) => {
    const lines = Array.from({ length: 4 }, () => make.from(`${base62}+/`, 64));
    const name = `${label}PRIVATE ${"KEY"}${block}`;
    return { value: [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`].join("\n"), hidden: lines[1] ?? "" };
  };

const search =
  (seed: string): Made =>
  (make) => {
    let key = identifiableKey(make, "AzSe", 39, seed);
    while (/[+/]/.test(key)) key = identifiableKey(make, "AzSe", 39, seed);
    return key;
  };

const long = (signature: string, seed: string) => (make: Generator) => identifiableKey(make, signature, 64, seed);
const short = (signature: string, seed: string) => (make: Generator) => identifiableKey(make, signature, 32, seed);
const annotated = (provider: string) => (make: Generator) => annotatedKey(make, provider);
const slackPath: Made = (make) => {
  const hidden = make.from(base62, 24);
  return { value: `T${make.from(upper + digits, 10)}/B${make.from(upper + digits, 10)}/${hidden}`, hidden };
};
const signature: Made = (make) => {
  const value = `${make.from(base62, 42)}8%3D`;
  return { value, hidden: value.slice(0, -3) };
};

/** A made-up credential of every kind that leastwise tells: `type`, or `type, kind` where a type has several forms. */
export const credentials: Readonly<Record<string, (make: Generator) => Credential>> = Object.fromEntries(
  (
    [
      // Keys that Azure makes recognisable.
      ["azure_storage_account_key", long("+ASt", "Default0")],
      ["azure_cosmosdb_key_identifiable", long("ACDb", "MastRW00")],
      ["azure_batch_key_identifiable", long("+ABa", "AbAcct00")],
      ["azure_ml_web_service_classic_identifiable_key", long("+AMC", "Classic0")],
      ["azure_apim_subscription_key", long("APIM", "IoTHub00")],
      ["azure_apim_direct_management_key", long("APIM", "Tenant00")],
      ["azure_apim_gateway_key", long("APIM", "Gatewy00")],
      ["azure_apim_repository_key", long("APIM", "GitKey00")],
      ["azure_service_bus_identifiable", short("+ASb", "Send0000")],
      ["azure_event_hub_key_identifiable", short("+AEh", "Manage00")],
      ["azure_relay_key_identifiable", short("+ARm", "Listen00")],
      ["azure_cache_for_redis_access_key", short("AzCa", "Access00")],
      ["azure_iot_hub_key", short("AIoT", "IoTHub00")],
      ["azure_iot_device_provisioning_key", short("AIoT", "DpsKey00")],
      ["azure_iot_device_key", short("AIoT", "Device00")],
      ["azure_event_grid_key_identifiable", short("AZEG", "Default0")],
      ["azure_container_registry_key_identifiable", (make) => identifiableKey(make, "+ACR", 39, "ACRDflt0")],
      ["azure_search_admin_key", search("PAdmin00")],
      ["azure_search_query_key", search("Query000")],
      ["azure_function_key", (make) => identifiableKey(make, "AzFu", 40, "Functi00")],
      ["azure_devops_personal_access_token, annotated", annotated("AZDO")],
      ["azure_cognitive_services_key", annotated("ACOG")],
      ["azure_app_configuration_key", annotated("AZAC")],
      ["azure_maps_key", annotated("AZMP")],
      ["azure_communication_services_key", annotated("AZCS")],
      ["azure_event_grid_key_identifiable, annotated", annotated("AZEG")],
      ["azure_fluid_relay_key", annotated("AZFR")],
      ["azure_mixed_reality_key", annotated("AZMR")],
      ["azure_sql_internal_default_cloudsa_key", annotated("msql")],
      ["azure_common_annotated_key", annotated("AZZZ")],
      ["azure_devops_personal_access_token", (make) => devopsToken(make)],
      ["azure_devops_personal_access_token, of an application", (make) => devopsToken(make, 0x1019f92e)],
      // Tokens that tell by their form.
      ["azure_active_directory_application_secret", (make) => entraSecret(make)],
      ["azure_active_directory_application_secret, older", olderEntraSecret],
      [
        "entra_refresh_token",
        (make) => {
          const hidden = make.from(`${base62}-_`, 300);
          return { value: `0.A${make.from(base62, 80)}.Ag${hidden}`, hidden };
        },
      ],
      ["databricks_access_token", prefixed("dapi", (make) => make.from(hexDigits, 32))],
      ["databricks_oauth_secret_token", prefixed("dose", (make) => make.from(hexDigits, 32))],
      ["github_personal_access_token", classic("ghp_")],
      ["github_oauth_access_token", classic("gho_")],
      ["github_app_installation_access_token", classic("ghs_")],
      ["github_app_installation_access_token, of a user", classic("ghu_")],
      ["github_refresh_token", classic("ghr_")],
      [
        "github_app_installation_access_token, stateless",
        (make) => {
          const made = token({ alg: "RS256" }, "https://idp.test/")(make);
          const { value, hidden } = typeof made === "string" ? { value: made, hidden: made } : made;
          return { value: `ghs_123456_${value}`, hidden };
        },
      ],
      [
        "github_personal_access_token, fine-grained",
        prefixed("github_pat_", (make) => `${make.from(base62, 22)}_${make.from(base62, 59)}`),
      ],
      ["gitlab_access_token", prefixed("glpat-", (make) => make.from(base62, 20))],
      [
        "gitlab_access_token, routable",
        prefixed("glpat-", (make) => `${make.from(base62, 30)}.01.${make.from(digits + lower, 9)}`),
      ],
      ["gitlab_access_token, of a trigger", prefixed("glptt-", (make) => make.from(hexDigits, 40))],
      ["gitlab_access_token, of a runner", prefixed("GR1348941", (make) => make.from(base62, 20))],
      ["gitlab_access_token, of an agent", prefixed("glagent-", (make) => make.from(base62, 60))],
      ["gitlab_access_token, of a job", prefixed("glcbt-64_", (make) => make.from(base62, 20))],
      ["gitlab_access_token, of an application", prefixed("gloas-", (make) => make.from(hexDigits, 64))],
      ["prefect_user_api_key", prefixed("pnu_", (make) => make.from(base62, 36))],
      ["prefect_server_api_key", prefixed("pnb_", (make) => make.from(base62, 36))],
      [
        "slack_api_token",
        (make) => {
          const hidden = make.from(base62, 24);
          return { value: `xoxb-${make.from("123456789", 11)}-${make.from("123456789", 12)}-${hidden}`, hidden };
        },
      ],
      [
        "slack_api_token, of an app",
        (make) => {
          const hidden = make.from(hexDigits, 64);
          return {
            value: `xapp-1-A${make.from(upper + digits, 10)}-${make.from("123456789", 12)}-${hidden}`,
            hidden,
          };
        },
      ],
      ["slack_api_token, renewable", prefixed("xoxe.xoxp-1-", (make) => make.from(base62, 160))],
      ["slack_incoming_webhook_url", slackPath, (value) => `https://hooks.slack.com/services/${value}`],
      [
        "slack_workflow_webhook_url",
        (make) => {
          const hidden = make.from(base62, 24);
          const ids = `T${make.from(upper + digits, 10)}/A${make.from(upper + digits, 10)}`;
          return { value: `${ids}/${make.from("123456789", 18)}/${hidden}`, hidden };
        },
        (value) => `https://hooks.slack.com/triggers/${value}`,
      ],
      [
        "microsoft_teams_webhook",
        (make) => {
          const hidden = `${make.from(hexDigits, 32)}/${guid(make)}`;
          return { value: `${guid(make)}@${guid(make)}/IncomingWebhook/${hidden}`, hidden };
        },
        (value) => `https://contoso.webhook.office.com/webhookb2/${value}`,
      ],
      [
        "microsoft_teams_webhook, older",
        (make) => {
          const hidden = `${make.from(hexDigits, 32)}/${guid(make)}`;
          return { value: `${guid(make)}@${guid(make)}/IncomingWebhook/${hidden}`, hidden };
        },
        (value) => `https://outlook.office.com/webhook/${value}`,
      ],
      ["json_web_token", token({ alg: "RS256", typ: "JWT" }, "https://idp.test/")],
      ["microsoft_azure_entra_id_token", token({ alg: "RS256", typ: "JWT" }, "https://sts.windows.net/x/")],
      ["rsa_private_key", pemOf("RSA ")],
      ["ec_private_key", pemOf("EC ")],
      ["openssh_private_key", pemOf("OPENSSH ")],
      ["pgp_private_key", pemOf("PGP ", " BLOCK")],
      ["ssh_private_key", pemOf("SSH2 ENCRYPTED ")],
      ["generic_private_key", pemOf("")],
      ["generic_private_key, encrypted", pemOf("ENCRYPTED ")],
      // Signed addresses.
      [
        "azure_sas_token",
        signature,
        (value) =>
          `https://lake.blob.core.windows.net/raw?sp=rl&st=2026-01-01T00:00:00Z&se=2027-01-01T00:00:00Z&sv=2024-11-04&sr=c&sig=${value}`,
      ],
      [
        "azure_service_bus_sas_token",
        signature,
        (value) =>
          `SharedAccessSignature sr=https%3a%2f%2fa.servicebus.windows.net&sig=${value}&se=1830000000&skn=send`,
      ],
      [
        "azure_logic_apps_url",
        signature,
        (value) =>
          `https://prod-01.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?api-version=2016-10-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${value}`,
      ],
      [
        "azure_function_key, in an address",
        secret,
        (value) => `https://orders.azurewebsites.net/api/run?code=${value}`,
      ],
      // Connection strings.
      [
        "azure_storage_account_key, in a connection string",
        (make) => raw(make, 64),
        (value) =>
          `DefaultEndpointsProtocol=https;AccountName=lake;AccountKey=${value};EndpointSuffix=core.windows.net`,
      ],
      [
        "azure_cosmosdb_key_identifiable, in a connection string",
        (make) => raw(make, 64),
        (value) => `AccountEndpoint=https://orders.documents.azure.com:443/;AccountKey=${value};`,
      ],
      [
        "azure_service_bus_identifiable, in a connection string",
        (make) => raw(make, 32),
        (value) =>
          `Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${value};EntityPath=q`,
      ],
      [
        "azure_event_hub_key_identifiable, in a connection string",
        (make) => raw(make, 32),
        (value) =>
          `Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${value};EntityPath=hub`,
      ],
      [
        "azure_iot_hub_key, in a connection string",
        (make) => raw(make, 32),
        (value) => `HostName=orders.azure-devices.net;SharedAccessKeyName=owner;SharedAccessKey=${value}`,
      ],
      [
        "azure_signalr_connection_string",
        (make) => raw(make, 32),
        (value) => `Endpoint=https://orders.service.signalr.net;AccessKey=${value};Version=1.0;`,
      ],
      [
        "azure_web_pub_sub_connection_string",
        (make) => raw(make, 32),
        (value) => `Endpoint=https://orders.webpubsub.azure.com;AccessKey=${value};Version=1.0;`,
      ],
      [
        "azure_communication_services_connection_string",
        (make) => raw(make, 64),
        (value) => `endpoint=https://orders.communication.azure.com/;accesskey=${value}`,
      ],
      [
        "connection_string_access_key",
        (make) => raw(make, 32),
        (value) => `Endpoint=https://orders.example.com;AccessKey=${value};Version=1.0;`,
      ],
      [
        "azure_app_configuration_connection_string",
        (make) => raw(make, 32),
        (value) => `Endpoint=https://orders.azconfig.io;Id=ab-l0-s0:cdef;Secret=${value}`,
      ],
      [
        "azure_sql_password",
        password,
        (value) => `Server=tcp:a.sql.azuresynapse.net;User ID=etl;Password=${value};Encrypt=yes`,
      ],
      [
        "sql_connection_string_password",
        password,
        (value) => `Driver={ODBC Driver 18 for SQL Server};Server=sql01;Uid=etl;Pwd=${value};Encrypt=yes`,
      ],
      [
        "azure_cache_for_redis_access_key, in a connection string",
        (make) => raw(make, 32),
        (value) => `orders.redis.cache.windows.net:6380,password=${value},ssl=True,abortConnect=False`,
      ],
      [
        "redis_connection_string_password",
        password,
        (value) => `cache.example.com:6380,password=${value},ssl=True,abortConnect=False`,
      ],
      [
        "azure_active_directory_application_secret, in a connection string",
        secret,
        (value) => `Data Source=https://adx.kusto.windows.net;Application Client Id=a;ClientSecret=${value};Fed=True`,
      ],
      // Addresses, headers and commands.
      ["password_in_url", password, (value) => `postgresql://etl:${value}@db.example.com/lake`],
      [
        "password_in_url, as a parameter",
        password,
        (value) => `jdbc:postgresql://pg.example.com/db?user=etl&password=${value}&sslmode=require`,
      ],
      ["password_in_url, of Oracle", password, (value) => `jdbc:oracle:thin:etl/${value}@//ora.example.com:1521/ORCL`],
      ["token_in_url", secret, (value) => `https://${value}@git.example.com/a.git`],
      ["token_in_url, as a parameter", secret, (value) => `https://api.example.com/a?access_token=${value}`],
      [
        "http_basic_authentication_header",
        (make) => {
          const hidden = password(make);
          return { value: Buffer.from(`etl:${hidden}`).toString("base64"), hidden };
        },
        (value) => `Authorization: Basic ${value}`,
      ],
      ["http_bearer_authentication_header", secret, (value) => `curl -H "Authorization: Bearer ${value}"`],
      ["password_in_command", password, (value) => `curl -u etl:${value} https://api.example.com`],
      ["password_in_command, of a registry", password, (value) => `docker login -u etl -p ${value} acr.example.com`],
      ["password_in_command, of a database", password, (value) => `sqlcmd -S sql01 -U etl -P ${value}`],
      ["password_in_command, in SQL", password, (value) => `CREATE USER etl IDENTIFIED BY '${value}'`],
      [
        "password_in_command, in PowerShell",
        password,
        (value) => `ConvertTo-SecureString '${value}' -AsPlainText -Force`,
      ],
      // Under a name.
      ["secret_in_the_clear", password, (value) => `db_password = '${value}'`],
      ["secret_in_the_clear, in JSON", password, (value) => `{"password": "${value}"}`],
      ["secret_in_the_clear, as a key", secret, (value) => `api_key: ${value}`],
      ["azure_active_directory_application_secret, under its name", secret, (value) => `client_secret = '${value}'`],
    ] as [string, Made, Told?][]
  ).map(([name, made, told]) => [name, credential(name.split(",")[0] ?? name, made, told)]),
);
