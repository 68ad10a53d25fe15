import type { Field, KeyVaultReference, Secret, SecretField } from "../../resources/generated.ts";
import { type FlatValue, flatten } from "../../secrets/flatten.ts";
import type { ReadDefinition } from "../definition.ts";
import { type AzureRun, type NewRow, readArmList } from "../reader.ts";
import { mapIn, textIn } from "../shape.ts";
import { maskName, readValues } from "../values.ts";

/** A workspace, as far as reading its artifacts goes. */
export type Workspace = NewRow & { name?: string };

/** An artifact as the Synapse data plane answers it (Azure/azure-rest-api-specs, data-plane, 2020-12-01, artifacts.json). */
export interface ArtifactAnswer {
  name?: string;
  properties?: { type?: string; typeProperties?: Record<string, unknown> } & Record<string, unknown>;
}

/** The read of one collection of artifacts, as last published. */
export function artifacts(kind: string, path: string): ReadDefinition {
  return {
    kind,
    service: "Synapse",
    per: "synapse.workspace",
    endpoint: `GET /${path}`,
    apiVersion: "2020-12-01",
    right: {
      plane: "synapse",
      permission: "Microsoft.Synapse/workspaces/artifacts/read",
      role: "Synapse Artifact User",
    },
    pageSize: 50,
  };
}

/** What every artifact's row holds. */
export interface ArtifactRow {
  id: string;
  name: string;
  workspaceId: string;
  fields: Field[];
  secrets: Secret[];
  secretFields: SecretField[];
  keyVaultSecrets: KeyVaultReference[];
}

/** An artifact, searched: what its row holds already, and what else is to be found in it. */
export interface Artifact {
  row: ArtifactRow;
  properties: NonNullable<ArtifactAnswer["properties"]>;
  clientIds: string[];
  hosts: string[];
  /** The names of the things of a type that it refers to, as in LinkedServiceReference; each once, in order. */
  named(type: string): string[];
}

/** The rows of a collection of artifacts of a workspace. */
export async function readArtifacts<Made>(
  run: AzureRun,
  read: ReadDefinition,
  workspace: Workspace,
  rowOf: (artifact: Artifact) => Made,
): Promise<Made[]> {
  const service = run.azure.synapse(workspace.name ?? "");
  const { items } = await readArmList<ArtifactAnswer>(run, read, workspace.id, { service });
  return run.ledger.rowsOf({ kind: read.kind, scope: workspace.id }, items, (each) =>
    rowOf(searched(run, collectionOf(read), workspace.id, each)),
  );
}

/** The id of an artifact: the workspace's, the collection and the name. */
export function artifactId(workspaceId: string, collection: string, name: string): string {
  return `${workspaceId}/${collection}/${name}`.toLowerCase();
}

/** The collection of artifacts that a read lists, as in linkedservices. */
function collectionOf({ endpoint }: ReadDefinition): string {
  return endpoint.slice("GET /".length);
}

/**
 * An artifact with what is found in it.
 * @param collection as in linkedservices
 * @throws TypeError where it has no name or no properties
 */
export function searched(
  run: Pick<AzureRun, "fingerprint">,
  collection: string,
  workspaceId: string,
  answer: ArtifactAnswer,
): Artifact {
  const [written, properties] = [textIn(answer.name), mapIn(answer.properties)];
  const { name, secrets: inName } = maskName(written, run.fingerprint);
  const plain = simplified(properties);
  const flat = flatten(plain);
  const typed = typesIn(flat);
  const secure = typed.filter(({ type }) => type === "securestring").map(({ path }) => path);
  const kept = flat.filter(({ key }) => key === "encryptedCredential").map(({ path }) => path);
  const isSecret = (path: string): boolean =>
    secure.some((outer) => path.startsWith(`${outer}.`) && path !== `${outer}.type`);
  const values = readValues([{ value: plain, path: "" }], run.fingerprint, isSecret);
  const texts = new Map(values.fields.map(({ path = "", value = null }) => [path, value]));
  const textAt = (path: string): string | null => texts.get(path) ?? null;
  return {
    row: {
      id: artifactId(workspaceId, collection, name),
      name,
      workspaceId,
      // What stands under encryptedCredential is the service's own reference to what it keeps: no secret, and no fact.
      fields: values.fields.filter(({ path = "" }) => !kept.includes(path)),
      secrets: [...inName, ...values.secrets],
      secretFields: [
        ...secure.map((path) => ({
          path,
          set: ["value", "defaultValue"].some((field) => Boolean(textAt(`${path}.${field}`))),
        })),
        ...kept.map((path) => ({ path, set: true })),
      ],
      keyVaultSecrets: typed
        .filter(({ type }) => type === "azurekeyvaultsecret")
        .map(({ path }) => ({
          path,
          linkedService: textAt(`${path}.store.referenceName`),
          // Every reference names a secret: without a name it is not read.
          ...(textAt(`${path}.secretName`) !== null && { secretName: literal(textAt(`${path}.secretName`)) }),
          secretVersion: literal(textAt(`${path}.secretVersion`)),
        })),
    },
    properties,
    clientIds: values.clientIds,
    hosts: values.hosts,
    named: (type) => {
      const names = typed
        .filter((each) => each.type === type.toLowerCase())
        .map(({ path }) => textAt(`${path}.referenceName`))
        .filter((each) => each !== null);
      return [...new Set(names)].sort();
    },
  };
}

/** A text that is no expression; null where it is one. */
export function literal(text: string | null): string | null {
  return text === null || /^@|@\{/.test(text) ? null : text;
}

/** The objects that say what they are, and where they stand. Types are written in any case: SecureString, securestring. */
function typesIn(flat: readonly FlatValue[]): { path: string; type: string }[] {
  return flat.flatMap(({ path, key, value }) =>
    key === "type" && value !== null && path.endsWith(".type")
      ? [{ path: path.slice(0, -".type".length), type: value.toLowerCase() }]
      : [],
  );
}

/**
 * An artifact with each value right under its name, so that it is judged by it: parameters, variables and expressions
 * are written as a type and a value, and an activity that sets a variable names it beside the value.
 */
function simplified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplified);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const { type, value: inner, defaultValue, variableName } = value as Record<string, unknown>;
  const isSecret = typeof type === "string" && /^(?:securestring|azurekeyvaultsecret)$/i.test(type);
  // The type says nothing of what the value is, so one that is left out changes nothing.
  const isTyped = entries.every(([name]) => ["type", "value", "defaultValue"].includes(name));
  if (isTyped && !isSecret && entries.length <= 2) {
    if (inner !== undefined) return simplified(inner);
    if (defaultValue !== undefined) return simplified(defaultValue);
  }
  return Object.fromEntries(
    entries.map(([name, each]): [string, unknown] => {
      const isSet = name === "value" && typeof variableName === "string" && variableName !== "";
      return [isSet ? variableName : name, simplified(each)];
    }),
  );
}
