import type { Secret, SynapseSparkPool, SynapseSqlPool } from "../../resources/generated.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { forgetLastMatch, matchesIn } from "../../secrets/find.ts";
import type { Fingerprinter } from "../../secrets/fingerprint.ts";
import { type ReadDefinition, reader } from "../definition.ts";
import { keptText, timestamp } from "../forms.ts";
import { type RowReader, readArmList } from "../reader.ts";
import { readValues } from "../values.ts";

function pools(kind: string, type: string): ReadDefinition {
  return {
    kind,
    service: "Azure Resource Manager",
    per: "synapse.workspace",
    endpoint: `GET {scope}/${type}`,
    apiVersion: "2021-06-01",
    right: reader(`Microsoft.Synapse/workspaces/${type}/read`),
    pageSize: 100,
  };
}

/** A dedicated SQL pool, api-version 2021-06-01. */
export interface SqlPoolAnswer {
  id?: string;
  location?: string;
  tags?: Record<string, string>;
  sku?: { name?: string };
  properties?: { status?: string; creationDate?: string; storageAccountType?: string };
}

const sqlRead = pools("synapse.sqlPool", "sqlPools");

/** The dedicated SQL pools of a workspace. */
export const sqlPools: RowReader = {
  kind: "synapse.sqlPool",
  reads: [sqlRead],
  rows: async (run, { id: workspace }) => {
    const { items } = await readArmList<SqlPoolAnswer>(run, sqlRead, workspace);
    return run.ledger.rowsOf({ kind: "synapse.sqlPool", scope: workspace }, items, (each) =>
      typeof each.id === "string" ? sqlPoolRow(each, each.id, workspace) : null,
    );
  },
};

/** A SQL pool as a row. */
export function sqlPoolRow(
  { location, tags, sku, properties }: SqlPoolAnswer,
  id: string,
  workspaceId: string,
): SynapseSqlPool & { id: string } {
  return {
    id: normaliseId(id),
    name: parseScope(id).name ?? "",
    workspaceId,
    location: location ?? null,
    sku: sku?.name ?? null,
    ...(properties && {
      status: properties.status ?? null,
      createdOn: timestamp(properties.creationDate),
      backupRedundancy: properties.storageAccountType ?? null,
    }),
    tags: tags ?? {},
  };
}

interface SparkFile {
  content?: unknown;
  filename?: string;
}

/** A Spark pool, api-version 2021-06-01. */
export interface SparkPoolAnswer {
  id?: string;
  location?: string;
  tags?: Record<string, string>;
  properties?: {
    provisioningState?: string;
    sparkVersion?: string;
    nodeSize?: string;
    nodeSizeFamily?: string;
    autoPause?: { enabled?: boolean; delayInMinutes?: number };
    isComputeIsolationEnabled?: boolean;
    sessionLevelPackagesEnabled?: boolean;
    customLibraries?: { name?: string }[];
    libraryRequirements?: SparkFile;
    sparkConfigProperties?: SparkFile;
    creationDate?: string;
  };
}

const sparkRead = pools("synapse.sparkPool", "bigDataPools");

/** The Spark pools of a workspace. Their configuration is a text that people fill in, so it is searched for secrets. */
export const sparkPools: RowReader = {
  kind: "synapse.sparkPool",
  reads: [sparkRead],
  rows: async (run, { id: workspace }) => {
    const { items } = await readArmList<SparkPoolAnswer>(run, sparkRead, workspace);
    return run.ledger.rowsOf({ kind: "synapse.sparkPool", scope: workspace }, items, (each) =>
      typeof each.id === "string" ? sparkPoolRow(each, each.id, workspace, run.fingerprint) : null,
    );
  },
};

/** A Spark pool as a row. */
export function sparkPoolRow(
  { location, tags, properties }: SparkPoolAnswer,
  id: string,
  workspaceId: string,
  fingerprint: Fingerprinter | undefined,
): SynapseSparkPool & { id: string } {
  const row: SynapseSparkPool & { id: string } = {
    id: normaliseId(id),
    name: parseScope(id).name ?? "",
    workspaceId,
    location: location ?? null,
    tags: tags ?? {},
  };
  // Every pool has a version; properties without one are not the pool's.
  if (typeof properties?.sparkVersion !== "string") return row;
  const { autoPause, customLibraries = [], libraryRequirements, sparkConfigProperties } = properties;
  const [config, requirements] = [contentOf(sparkConfigProperties), contentOf(libraryRequirements)];
  const packages = readValues([{ value: customLibraries.map(({ name }) => name), path: "packages" }], fingerprint);
  return {
    ...row,
    provisioningState: properties.provisioningState ?? null,
    sparkVersion: properties.sparkVersion,
    nodeSize: properties.nodeSize ?? null,
    nodeSizeFamily: properties.nodeSizeFamily ?? null,
    autoPauseMinutes: autoPause?.enabled === true ? (autoPause.delayInMinutes ?? null) : null,
    computeIsolation: properties.isComputeIsolationEnabled ?? false,
    sessionPackages: properties.sessionLevelPackagesEnabled ?? false,
    packages: packages.fields.flatMap(({ value }) => (typeof value === "string" ? [value] : [])),
    createdOn: timestamp(properties.creationDate),
    ...(config !== undefined &&
      requirements !== undefined &&
      withValues(config, requirements, packages.secrets, fingerprint)),
  };
}

function withValues(
  config: string,
  requirements: string,
  inPackages: readonly Secret[],
  fingerprint: Fingerprinter | undefined,
): Pick<SynapseSparkPool, "fields" | "secrets" | "hosts"> {
  const { fields, secrets, hosts } = readValues(
    [
      { value: sparkSettings(config), path: "sparkConfig" },
      { value: lines(requirements), path: "libraryRequirements" },
    ],
    fingerprint,
  );
  return { fields, secrets: [...secrets, ...inPackages], hosts };
}

/** What a file of a pool holds: nothing where it has none; undefined where it has one whose text was not told. */
function contentOf(file: SparkFile | null | undefined): string | undefined {
  if (file === undefined || file === null) return "";
  return typeof file.content === "string" ? file.content : undefined;
}

/**
 * The settings in a Spark configuration by name, so that each value is judged by its name; or the JSON that it is. What
 * was commented out stands under its name after a hash, and a name that comes again keeps each of its values.
 */
function sparkSettings(content: string): unknown {
  try {
    return JSON.parse(content === "" ? "{}" : content);
  } catch {
    const settings = new Map<string, string[]>();
    for (const line of lines(content)) {
      // What tells a credential may stand on both sides of the first sign that could end a name.
      const shown = keptText(line);
      const [, hash = "", name = shown, value = ""] = /^(#*)\s*([^\s=:]+)\s*[\s=:]\s*(.*)$/s.exec(shown) ?? [];
      const key = hash === "" ? name : `# ${name}`;
      const kept = shown === line ? value : line;
      settings.set(key, [...(settings.get(key) ?? []), kept]);
    }
    return Object.fromEntries([...settings].map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
  }
}

function lines(content: string): string[] {
  return joined(content)
    .split(/\r?\n/)
    .flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

/** The text with each credential on one line: of a private key no line by itself tells what it is. */
function joined(content: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of matchesIn({ path: "", key: "", value: content })
    .flat()
    .sort((a, b) => a.start - b.start)) {
    if (start < from) continue;
    parts.push(content.slice(from, start), content.slice(start, end).replace(/\r?\n/g, "\\n"));
    from = end;
  }
  forgetLastMatch();
  return parts.join("") + content.slice(from);
}
