import type { Field, Secret } from "../resources/generated.ts";
import { findSecrets } from "../secrets/find.ts";
import type { Fingerprinter } from "../secrets/fingerprint.ts";
import { flatten } from "../secrets/flatten.ts";

/** What is kept of the values inside an object: masked, with what they name. */
export interface Values {
  fields: Field[];
  secrets: Secret[];
  hosts: string[];
  clientIds: string[];
  /** Blocks that templates name, as `<type slug>/<name>`. */
  templates: string[];
}

const clientIdKey = /^(?:azure_)?(?:client_?id|service_principal_id|managed_identity_client_id)$/i;
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Hosts of Azure's data services, and those of any URL. */
const azureHost =
  /[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,3}\.(?:azuresynapse\.net|(?:blob|dfs|queue|table|file)\.core\.windows\.net|vault\.azure\.net|database\.windows\.net|servicebus\.windows\.net|documents\.azure\.com)/gi;
const urlHost = /[a-z][a-z0-9+.-]{0,30}:\/\/(?:[^\s/?#@]{0,300}@)?([a-z0-9][a-z0-9.-]{0,252}[a-z0-9])/gi;
const template = /\{\{\s{0,8}prefect\.blocks\.([\w-]{1,100})\.([\w-]{1,200})/g;

/** Masks a name, which may hold a credential as any text may. */
export function maskName(
  name: string,
  fingerprint: Fingerprinter | undefined,
): { name: string; secrets: readonly Secret[] } {
  const { masked, secrets } = findSecrets({ path: "name", key: "name", value: name }, fingerprint);
  return { name: masked, secrets };
}

/**
 * Everything inside a value, secrets masked before anything else is looked at.
 * @param isSecret whether the object's schema says that the value at a path is secret
 */
export function readValues(
  parts: readonly { value: unknown; path: string }[],
  fingerprint: Fingerprinter | undefined,
  isSecret: (path: string) => boolean = () => false,
): Values {
  const fields: Field[] = [];
  const secrets: Secret[] = [];
  const hosts = new Set<string>();
  const clientIds = new Set<string>();
  const templates = new Set<string>();
  for (const { path, key, value } of parts.flatMap((part) => flatten(part.value, part.path))) {
    if (value === null) {
      fields.push({ path, value });
      continue;
    }
    const found = findSecrets({ path, key, value, secretField: isSecret(path) }, fingerprint);
    fields.push({ path, value: found.masked });
    secrets.push(...found.secrets);
    const text = found.masked;
    for (const match of text.matchAll(azureHost)) hosts.add(match[0].toLowerCase());
    for (const match of text.matchAll(urlHost)) hosts.add((match[1] ?? "").toLowerCase());
    for (const match of text.matchAll(template)) templates.add(`${match[1]}/${match[2]}`);
    if (clientIdKey.test(key) && guid.test(text)) clientIds.add(text.toLowerCase());
  }
  return {
    fields,
    secrets: numbered(secrets),
    hosts: [...hosts].sort(),
    clientIds: [...clientIds].sort(),
    templates: [...templates].sort(),
  };
}

/** Several secrets in one value stand at one path; from the second on a number keeps them apart. */
function numbered(secrets: readonly Secret[]): Secret[] {
  const seen = new Map<string, number>();
  return secrets.map((secret) => {
    const path = secret.path ?? "";
    const count = (seen.get(path) ?? 0) + 1;
    seen.set(path, count);
    return count === 1 ? secret : { ...secret, path: `${path} (${count})` };
  });
}
