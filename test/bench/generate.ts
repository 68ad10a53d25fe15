import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseConfiguration } from "../../src/config/config.ts";
import type { Manifest, Read } from "../../src/resources/generated.ts";
import type { Row } from "../../src/resources/kinds.ts";
import { managementGroupId, parseScope } from "../../src/resources/scope.ts";
import { manifestFile } from "../../src/snapshot/place.ts";
import { manifestDigest, readsFile } from "../../src/snapshot/write.ts";

/** What a service lets a subscription hold is 4,000; a busy one has this many. */
const perSubscription = 2_500;
const principals = 20_000;
const roles = 1_000;
const collectedAt = "2026-11-20T06:00:00.000Z";
const tenantId = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const environments = ["dev", "prod", "test"] as const;
type Environment = (typeof environments)[number];

/** Pseudo-random numbers that are the same in every run. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number below 2^32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  happens(share: number): boolean {
    return this.next() < share * 2 ** 32;
  }

  oneOf<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  }

  guid(): string {
    const hex = [0, 0, 0, 0].map(() => this.next().toString(16).padStart(8, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  moment(from: number, to: number): string {
    const seconds = from + Math.floor((this.next() / 2 ** 32) * (to - from));
    return new Date(seconds * 1_000).toISOString();
  }
}

/** The providers that resources come from, with their types. */
const types: readonly (readonly [type: string, prefix: string])[] = [
  ["Microsoft.DataFactory/factories", "adf"],
  ["Microsoft.EventHub/namespaces", "evhns"],
  ["Microsoft.KeyVault/vaults", "kv"],
  ["Microsoft.ManagedIdentity/userAssignedIdentities", "id"],
  ["Microsoft.Network/virtualNetworks", "vnet"],
  ["Microsoft.ServiceBus/namespaces", "sb"],
  ["Microsoft.Sql/servers", "sql"],
  ["Microsoft.Storage/storageAccounts", "st"],
  ["Microsoft.Synapse/workspaces", "syn"],
  ["Microsoft.Web/sites", "app"],
];
const teams = ["finance", "freight", "insights", "ledger", "payments", "platform", "pricing", "risk", "telemetry"];

interface Role {
  row: Row;
  /** Whether it can change more than the data of one service. */
  powerful: boolean;
}

interface Permission {
  actions?: string[];
  notActions?: string[];
  dataActions?: string[];
  condition?: string;
}

function roleRow(id: string, name: string, builtIn: boolean, permissions: readonly Permission[]): Row {
  return {
    id: `/providers/microsoft.authorization/roledefinitions/${id}`,
    name,
    type: builtIn ? "BuiltInRole" : "CustomRole",
    description: `What ${name} allows, in a sentence or two as the portal shows it.`,
    assignableScopes: ["/"],
    permissions: permissions.map(({ actions = [], notActions = [], dataActions = [], condition }) => ({
      actions,
      notActions,
      dataActions,
      notDataActions: [],
      condition: condition ?? null,
      conditionVersion: condition === undefined ? null : "2.0",
    })),
  };
}

const wellKnown: readonly (readonly [id: string, name: string, powerful: boolean, permissions: Permission[]])[] = [
  ["acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", false, [{ actions: ["*/read"] }]],
  [
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Contributor",
    true,
    [
      {
        actions: ["*"],
        notActions: [
          "Microsoft.Authorization/*/Delete",
          "Microsoft.Authorization/*/Write",
          "Microsoft.Authorization/elevateAccess/Action",
          "Microsoft.Blueprint/blueprintAssignments/write",
          "Microsoft.Blueprint/blueprintAssignments/delete",
          "Microsoft.Compute/galleries/share/action",
        ],
      },
    ],
  ],
  ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", true, [{ actions: ["*"] }]],
  [
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "User Access Administrator",
    true,
    [{ actions: ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"] }],
  ],
  [
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Storage Blob Data Reader",
    false,
    [
      {
        actions: ["Microsoft.Storage/storageAccounts/blobServices/containers/read"],
        dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
      },
    ],
  ],
  [
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Contributor",
    false,
    [
      {
        actions: ["Microsoft.Storage/storageAccounts/blobServices/containers/*"],
        dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"],
      },
    ],
  ],
  [
    "4633458b-17de-408a-b874-0445c86b69e6",
    "Key Vault Secrets User",
    false,
    [{ dataActions: ["Microsoft.KeyVault/vaults/secrets/getSecret/action"] }],
  ],
  [
    "8b54135c-b56d-4d72-a534-26097cfdc8d8",
    "Key Vault Data Access Administrator",
    false,
    [
      {
        actions: ["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"],
        condition: "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})))",
      },
      { actions: ["Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.KeyVault/vaults/*/read"] },
    ],
  ],
];

function makeRoles(chance: Chance): Role[] {
  const made = wellKnown.map(([id, name, powerful, permissions]) => ({
    row: roleRow(id, name, true, permissions),
    powerful,
  }));
  while (made.length < roles) {
    const [type] = chance.oneOf(types);
    const builtIn = chance.happens(0.7);
    const manages = chance.happens(0.2);
    const actions = [`${type}/read`, "Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Insights/*"];
    for (let count = chance.below(12); count > 0; count--) {
      const part = chance.oneOf(["backups", "connections", "keys", "pipelines", "pools", "queues", "tables", "topics"]);
      actions.push(`${type}/${part}/${chance.oneOf(["*", "read", "write", "delete", "list/action"])}`);
    }
    if (manages) actions.push(`${type}/*`);
    if (!builtIn && chance.happens(0.01)) actions.push("*");
    const name = `${type.split("/")[1]} ${chance.oneOf(["Operator", "User", "Manager", "Auditor"])} ${made.length}`;
    made.push({
      row: roleRow(chance.guid(), name, builtIn, [{ actions }]),
      powerful: manages || actions.includes("*"),
    });
  }
  return made;
}

type PrincipalType = "User" | "Group" | "ServicePrincipal";

/** People, groups and identities; those with a number at the end tell which environment they work in. */
function makePrincipal(chance: Chance): Row {
  const type = chance.oneOf<PrincipalType>([
    "User",
    "User",
    "User",
    "User",
    "Group",
    "ServicePrincipal",
    "ServicePrincipal",
    "ServicePrincipal",
  ]);
  const team = chance.oneOf(teams);
  const environment = chance.oneOf(environments);
  const number = chance.below(10_000);
  const managed = type === "ServicePrincipal" && chance.happens(0.5);
  const state = chance.happens(0.001) ? "deleted" : chance.happens(0.01) ? "disabled" : "active";
  return {
    id: chance.guid(),
    type,
    displayName:
      type === "User"
        ? `${team[0]?.toUpperCase()}. Person ${number}`
        : `${type === "Group" ? "grp" : managed ? "id" : "sp"}-${team}-${number}-${environment}`,
    userType: type === "User" ? (chance.happens(0.05) ? "Guest" : "Member") : null,
    appId: type === "ServicePrincipal" ? chance.guid() : null,
    servicePrincipalType: type === "ServicePrincipal" ? (managed ? "ManagedIdentity" : "Application") : null,
    appOwnerTenantId: type === "ServicePrincipal" && !managed ? tenantId : null,
    managedIdentityResourceId: null,
    ...(chance.happens(0.000_5) ? {} : { state }),
  };
}

/** How often each type of principal holds a grant, by how high the grant stands. */
const holders: Readonly<Record<string, readonly PrincipalType[]>> = {
  high: ["Group", "Group", "Group", "ServicePrincipal", "User"],
  resourceGroup: ["Group", "Group", "ServicePrincipal", "ServicePrincipal", "User"],
  resource: ["Group", "ServicePrincipal", "ServicePrincipal", "ServicePrincipal", "User"],
};

const condition =
  "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'curated'))";

const groups = { root: managementGroupId(tenantId), data: managementGroupId("mg-data") };
const groupOf = (environment: Environment): string => managementGroupId(`mg-data-${environment}`);

const configurationText = `azure: {}
environments:
${environments.map((each) => `  ${each}:\n    scopes: [${groupOf(each)}]`).join("\n")}
`;

/** Writes the files of a snapshot as they come, so that none is in memory as a whole. */
class Writer {
  readonly files: Manifest["files"] = {};
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, "inputs"), { recursive: true });
  }

  rows(name: string, rows: Iterable<unknown>): void {
    const descriptor = openSync(join(this.#folder, name), "w");
    const hash = createHash("sha256");
    let held = "";
    let count = 0;
    const flush = (): void => {
      const bytes = Buffer.from(held);
      hash.update(bytes);
      writeSync(descriptor, bytes);
      held = "";
    };
    for (const row of rows) {
      held += `${JSON.stringify(row)}\n`;
      count++;
      if (held.length > 1 << 20) flush();
    }
    flush();
    closeSync(descriptor);
    this.files[name] = { rows: count, sha256: hash.digest("hex") };
  }

  text(name: string, text: string): void {
    writeFileSync(join(this.#folder, name), text);
    this.files[name] = { rows: 1, sha256: createHash("sha256").update(text).digest("hex") };
  }

  manifest(manifest: Omit<Manifest, "files" | "digest">): void {
    const whole = { ...manifest, files: this.files };
    const text = JSON.stringify({ ...whole, digest: manifestDigest(whole) }, null, 2);
    writeFileSync(join(this.#folder, manifestFile), `${text}\n`);
  }
}

/**
 * Writes a snapshot of a large tenant, the same in every run: so many role assignments at every level, with the roles,
 * principals and subscriptions that they name. About one verdict in four thousand is a failure.
 */
export function generateSnapshot(folder: string, assignments: number): void {
  const chance = new Chance(20_261_120);
  const allRoles = makeRoles(chance);
  const narrow = allRoles.filter((role) => !role.powerful);
  const powerful = allRoles.filter((role) => role.powerful);
  const common = narrow.slice(0, 4);
  const allPrincipals = Array.from({ length: principals }, () => makePrincipal(chance)).sort(byId);
  const byType = Map.groupBy(allPrincipals, (row) => String(row.type));
  const subscriptions = Array.from({ length: Math.ceil(assignments / perSubscription) }, (_, index) => {
    const environment = environments[index % environments.length] ?? "dev";
    const subscriptionId = chance.guid();
    return {
      environment,
      row: {
        id: `/subscriptions/${subscriptionId}`,
        subscriptionId,
        displayName: `Data ${environment} ${index}`,
        state: "Enabled",
        tenantId,
        managementGroups: [groupOf(environment), groups.data, groups.root],
      },
    };
  }).sort((a, b) => byId(a.row, b.row));

  const assignment = (scopeId: string, level: string): Row => {
    const type = chance.oneOf(holders[level] ?? []);
    const holder = chance.oneOf(byType.get(type) ?? []);
    const trusted = type === "Group" && level !== "resource";
    const pool = chance.happens(trusted ? 0.5 : 0.002) ? powerful : chance.happens(0.5) ? common : narrow;
    const role = chance.oneOf(pool).row;
    const scope = parseScope(scopeId);
    const conditional = chance.happens(0.03);
    const made = chance.moment(1_717_000_000, 1_795_000_000);
    const prefix = scope.id === "/" ? "" : scope.id;
    const ticket = `DATA-${1_000 + chance.below(90_000)}`;
    return {
      id: `${prefix}/providers/microsoft.authorization/roleassignments/${chance.guid()}`,
      principalType: type,
      condition: conditional ? condition : null,
      conditionVersion: conditional ? (chance.happens(0.01) ? "1.0" : "2.0") : null,
      description: chance.happens(0.7)
        ? `${role.name} for ${holder.displayName} on ${scope.name ?? "the tenant"}: asked for in ${ticket} and approved by the owner of the data product; reviewed every quarter by the platform team.`
        : null,
      createdOn: made,
      updatedOn: made,
      createdBy: chance.guid(),
      delegatedManagedIdentityResourceId: null,
      scope,
      principalId: holder.id,
      roleDefinitionId: role.id,
    };
  };

  function* allAssignments(): Generator<Row> {
    const above: Row[] = [];
    for (const [scope, count] of [
      ["/", 6],
      [groups.root, 10],
      [groups.data, 12],
      ...environments.map((each) => [groupOf(each), 24] as const),
    ] as const) {
      for (let index = 0; index < count; index++) above.push(assignment(scope, "high"));
    }
    yield* above.sort(byId);
    let left = assignments - above.length;
    for (const { row, environment } of subscriptions) {
      const own: Row[] = [];
      const folders = Array.from({ length: 30 }, () => {
        const team = chance.oneOf(teams);
        return `${row.id}/resourcegroups/rg-${team}-${chance.below(1_000)}-${environment}-westeurope`;
      });
      const resources = Array.from({ length: 400 }, () => {
        const [type, prefix] = chance.oneOf(types);
        const name = `${prefix}${chance.oneOf(teams)}${environment}${chance.below(100_000)}weu`;
        return `${chance.oneOf(folders)}/providers/${type.toLowerCase()}/${name}`;
      });
      for (const count = Math.min(left, perSubscription); own.length < count; left--) {
        if (chance.happens(0.03)) own.push(assignment(row.id, "high"));
        else if (chance.happens(0.3)) own.push(assignment(chance.oneOf(folders), "resourceGroup"));
        else own.push(assignment(chance.oneOf(resources), "resource"));
      }
      yield* own.sort(byId);
    }
  }

  const writer = new Writer(folder);
  writer.rows("azure.principal.ndjson", allPrincipals);
  writer.rows("azure.roleAssignment.ndjson", allAssignments());
  writer.rows("azure.roleDefinition.ndjson", allRoles.map(({ row }) => row).sort(byId));
  writer.rows(
    "azure.subscription.ndjson",
    subscriptions.map(({ row }) => row),
  );
  const read = (kind: string, scope: string, items: number): Read => ({
    id: `${kind} ${scope}`,
    kind,
    fields: [],
    scope,
    endpoint: `GET ${scope}`,
    apiVersion: "2022-04-01",
    outcome: "complete",
    status: 200,
    cause: null,
    permission: null,
    pages: Math.ceil(items / 100),
    items,
    expected: null,
    milliseconds: items,
    requestId: chance.guid(),
  });
  const reads = [
    read("azure.principal", "tenant", principals),
    read("azure.roleDefinition", "tenant", roles),
    read("azure.subscription", "tenant", subscriptions.length),
    ...subscriptions.map(({ row }) => read("azure.roleAssignment", row.id, perSubscription)),
  ];
  writer.rows(readsFile, reads.sort(byId));
  writer.text("inputs/leastwise.yaml", configurationText);
  const { digest } = parseConfiguration(configurationText, "leastwise.yaml", folder);
  writer.manifest({
    version: "leastwise/snapshot/v1",
    runId: "5a1e0f5c-6c0b-4c5e-9f8e-0b8f6f1f3a55",
    collectedAt,
    tool: { name: "leastwise", version: "0.1.0" },
    reader: { kind: "benchmark", id: null },
    systems: { azure: true, prefect: [], source: false },
    configuration: { file: "leastwise.yaml", digest, waivers: null },
    fingerprints: "none",
  });
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
