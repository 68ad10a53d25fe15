import { Unread } from "../policy/value.ts";
import { best, type Fit, fitsId, fitsName, worst } from "../resources/declarations.ts";
import type {
  AzurePrincipal,
  AzureRoleAssignment,
  DeclaredReference,
  Location,
  SourceDeclaration,
} from "../resources/generated.ts";
import { type Row, valueAt } from "../resources/kinds.ts";
import { roleDefinitionId } from "../resources/scope.ts";
import type { SnapshotWorld } from "./world.ts";

const kind = "source.declaration";

/** Kinds whose rows are grants: what they are for tells which one is declared. */
const grants: ReadonlySet<string> = new Set([
  "azure.roleAssignment",
  "azure.roleEligibility",
  "synapse.roleAssignment",
]);

type Declaration = Row & SourceDeclaration;

/** How a declaration was found to be that of a resource. */
export interface Anchor extends Location {
  by: "id" | "name" | "reference" | "owner";
}

/** What is declared of a resource. */
export interface DeclaredAs {
  /** The declarations that are certainly its own. */
  certain: readonly { declaration: Declaration; by: "id" | "name" | "reference" }[];
  /** Those that may be, because their names are not told. */
  possible: readonly Declaration[];
}

/** The declarations of a kind, by what tells them. */
interface Index {
  ids: Map<string, Declaration[]>;
  /** By name, in lower case; of a grant by the last part of its scope. */
  named: Map<string, Declaration[]>;
  /** Those whose names are not all told. */
  open: Declaration[];
}

/** Finds the lines of the repository that declare what was read live. */
export class Declarations {
  readonly #world: SnapshotWorld;
  readonly #isThere: boolean;
  readonly #indexes = new Map<string, Index>();
  readonly #grants = new Map<string, ReadonlyMap<string, readonly Row[]>>();
  readonly #environments = new Map<string, ReadonlySet<string>>();
  #any: readonly Declaration[] | null = null;

  constructor(world: SnapshotWorld) {
    this.#world = world;
    this.#isThere = world.snapshot.manifest.files[`${kind}.ndjson`] !== undefined;
  }

  /** The declarations of a kind, as far as it is told; those of modules that may declare any kind are `any`. */
  of(name: string): readonly Declaration[] {
    return this.#isThere ? ((this.#world.index(kind, "kind").get(name) ?? []) as Declaration[]) : [];
  }

  /** The environments whose files declare something of a kind. */
  environmentsOf(name: string): ReadonlySet<string> {
    let found = this.#environments.get(name);
    if (found === undefined) {
      const all = this.of(name).map((each) => this.#world.field(kind, "environments", each));
      found = new Set(all.flatMap((each) => (Array.isArray(each) ? (each as string[]) : [])));
      this.#environments.set(name, found);
    }
    return found;
  }

  /** Declarations that may be of a kind among all others: modules that nobody can look into make nothing in Prefect. */
  #anyOf(name: string): readonly Declaration[] {
    return name.startsWith("prefect.") ? this.any().filter(({ format }) => format === "terraform") : this.any();
  }

  /** Declarations that may be of any kind. */
  any(): readonly Declaration[] {
    if (!this.#isThere) return [];
    this.#any ??= [...this.#world.index(kind, "id").values()]
      .flat()
      .filter((each) => each.kind === null) as Declaration[];
    return this.#any;
  }

  /**
   * The line that declares a resource, else what it stands in or belongs to; null where none does, or where two fit
   * equally well.
   */
  place(of: string, row: Row): Anchor | null {
    if (!this.#isThere) return null;
    return this.#own(of, row) ?? this.#ofOwner(of, row, 0);
  }

  #own(of: string, row: Row): Anchor | null {
    const { certain } = this.find(of, row);
    for (const by of ["id", "name", "reference"] as const) {
      const places = new Map<string, Anchor>();
      for (const { declaration, by: found } of certain) {
        const { file, line, column } = declaration;
        if (found !== by || file === undefined || line === undefined || column === undefined) continue;
        // Where the name had to be masked there is no file of that name to point at.
        if (this.#world.index("source.file", "id").get(file)?.[0]?.masked !== false) continue;
        places.set(`${file}:${line}:${column}`, { file, line, column, by });
      }
      const [only] = places.values();
      if (places.size === 1 && only !== undefined) return only;
      // What fits equally well is not decided by what fits less.
      if (places.size > 1) return null;
    }
    return null;
  }

  #ofOwner(of: string, row: Row, depth: number): Anchor | null {
    if (depth > 3) return null;
    const owner = ownerOf(of, row, this.#world);
    if (owner === null) return null;
    const own = this.#own(owner.kind, owner.row);
    return own === null ? this.#ofOwner(owner.kind, owner.row, depth + 1) : { ...own, by: "owner" };
  }

  /** What is declared of a resource, by its id, its name, or what it refers to. */
  find(of: string, row: Row): DeclaredAs {
    const certain: DeclaredAs["certain"][number][] = [];
    const possible: Declaration[] = [];
    for (const declaration of this.#candidates(of, row)) {
      if (declaration.ids?.includes(row.id.toLowerCase()) === true) {
        certain.push({ declaration, by: "id" });
        continue;
      }
      if (this.#isElsewhere(of, row, declaration)) continue;
      const { fit, by } = this.#fit(of, row, declaration);
      if (fit === "no") continue;
      if (fit === "yes" && this.#isOnly(of, row, declaration)) certain.push({ declaration, by });
      else possible.push(declaration);
    }
    return { certain, possible };
  }

  /** Whether the configuration says of its file that it makes other environments than the resource's. */
  #isElsewhere(of: string, row: Row, declaration: Declaration): boolean {
    const declares = this.#world.field(kind, "environments", declaration);
    if (!Array.isArray(declares) || declares.length === 0) return false;
    const stands = this.#world.field(of, "environments", row);
    return Array.isArray(stands) && stands.length > 0 && !stands.some((each) => declares.includes(each));
  }

  /** By the ids and names that are told, so that not every declaration is held against every resource. */
  #candidates(of: string, row: Row): Iterable<Declaration> {
    const index = this.#indexOf(of);
    const keys = grants.has(of) ? [lastPart(scopeOf(row) ?? "")] : namesOf(row);
    const named = keys.flatMap((key) => index.named.get(key.toLowerCase()) ?? []);
    return new Set([...(index.ids.get(row.id.toLowerCase()) ?? []), ...named, ...index.open]);
  }

  #indexOf(of: string): Index {
    let index = this.#indexes.get(of);
    if (index !== undefined) return index;
    index = { ids: new Map(), named: new Map(), open: [] };
    for (const each of this.of(of)) {
      for (const id of each.ids ?? []) put(index.ids, id, each);
      const told = grants.has(of) ? (referred(each, "scope")?.ids ?? ["*"]).map(lastPart) : (each.names ?? ["*"]);
      if (told.length === 0 || told.some((name) => name.includes("*"))) index.open.push(each);
      else for (const name of told) put(index.named, name.toLowerCase(), each);
    }
    this.#indexes.set(of, index);
    return index;
  }

  #fit(of: string, row: Row, declaration: Declaration): { fit: Fit; by: "name" | "reference" } {
    if (grants.has(of)) return this.#fitsGrant(row, declaration);
    const names = declaration.names ?? ["*"];
    const isPrefect = of.startsWith("prefect.");
    const named = best(
      namesOf(row).map((name) =>
        isPrefect
          ? fitsName(names, name)
          : fitsName(
              names.map((each) => each.toLowerCase()),
              name.toLowerCase(),
            ),
      ),
    );
    if (named === "no") return { fit: "no", by: "name" };
    const group = typeof row.resourceGroup === "string" ? row.resourceGroup.toLowerCase() : null;
    const groups = declaration.resourceGroups ?? [];
    const inGroup: Fit =
      group === null || groups.length === 0 ? "yes" : best(groups.map((each) => groupFit(each, group)));
    return {
      fit: worst([named, inGroup, this.#fitsOwner(of, row, declaration), typeFit(of, row, declaration)]),
      by: "name",
    };
  }

  #fitsOwner(of: string, row: Row, declaration: Declaration): Fit {
    if (of === "prefect.deployment") {
      const flow = referred(declaration, "flow");
      const isTold = flow !== undefined && (flow.names ?? []).length > 0;
      return isTold && typeof row.flow === "string" ? fitsName(flow.names ?? [], row.flow) : "may";
    }
    const owner = referred(declaration, "owner");
    if (owner === undefined) return "yes";
    const id = ownerIdOf(row);
    if (id === null) return "yes";
    const name = this.#ownerName(row);
    return best([
      ...(owner.ids ?? []).map((each) =>
        each.includes("/") ? fitsId(withoutPart(each), id) : fitsName([each], lastPart(id)),
      ),
      ...(name === null ? [] : [fitsName(owner.names ?? [], name)]),
      ...((owner.ids ?? []).length + (owner.names ?? []).length === 0 ? ["may" as const] : []),
    ]);
  }

  /** What an application or a service principal is called, which its credentials belong to. */
  #ownerName(row: Row): string | null {
    if (typeof row.ownerName === "string") return row.ownerName;
    if (typeof row.ownerId !== "string" || row.ownerId.startsWith("/")) return null;
    const [application] = this.#world.index("azure.application", "id").get(row.ownerId) ?? [];
    return typeof application?.displayName === "string" ? application.displayName : null;
  }

  #fitsGrant(row: Row, declaration: Declaration): { fit: Fit; by: "name" | "reference" } {
    const names = (declaration.names ?? ["*"]).map((each) => each.toLowerCase());
    const own = lastPart(row.id).toLowerCase();
    const isNamed = names.length > 0 && !names.some((each) => each.includes("*"));
    if (isNamed) return { fit: names.includes(own) ? "yes" : "no", by: "name" };
    const scope = scopeOf(row);
    const scopes = referred(declaration, "scope")?.ids ?? [];
    const inScope: Fit =
      scope === null
        ? "may"
        : scopes.length === 0
          ? "may"
          : best(scopes.map((each) => fitsId(each.toLowerCase(), scope)));
    return {
      fit: worst([inScope, this.#fitsPrincipal(row, declaration), this.#fitsRole(row, declaration)]),
      by: "reference",
    };
  }

  #fitsPrincipal(row: Row, declaration: Declaration): Fit {
    const named = referred(declaration, "principal");
    const { principalId } = row as Partial<AzureRoleAssignment>;
    if (named === undefined || principalId === undefined) return "may";
    const ids = named.ids ?? [];
    const guids = ids.filter((each) => !each.includes("/") && !each.includes("*"));
    if (guids.length > 0) return guids.includes(principalId.toLowerCase()) ? "yes" : "no";
    const [principal] =
      (this.#world.index("azure.principal", "id").get(principalId) as (AzurePrincipal & Row)[] | undefined) ?? [];
    if (principal === undefined) return "may";
    const [identity] = this.#world.index("azure.managedIdentity", "principalId").get(principalId) ?? [];
    const type = named.type ?? null;
    if (type === null) return "may";
    if (!type.startsWith("microsoft.graph/")) {
      const resource = identity?.id ?? principal.managedIdentityResourceId;
      if (resource === undefined) return "may";
      if (resource === null) return "no";
      return ids.length === 0 ? "may" : best(ids.map((each) => fitsId(each, withoutIdentity(resource.toLowerCase()))));
    }
    if (identity !== undefined || !isOfType(type, principal)) return "no";
    const { displayName } = principal;
    if (typeof displayName !== "string") return "may";
    const fit = fitsName(
      (named.names ?? []).map((each) => each.toLowerCase()),
      displayName.toLowerCase(),
    );
    const same = this.#world.index("azure.principal", "displayName").get(displayName) ?? [];
    return fit === "yes" && same.length > 1 ? "may" : fit;
  }

  #fitsRole(row: Row, declaration: Declaration): Fit {
    const named = referred(declaration, "role");
    if (named === undefined || typeof row.roleDefinitionId !== "string") return "may";
    const guid = lastPart(row.roleDefinitionId).toLowerCase();
    const texts = [...(named.names ?? []), ...(named.ids ?? []).map(lastPart)].map((each) => each.toLowerCase());
    const roleKind = row.workspaceId === undefined ? "azure.roleDefinition" : "synapse.roleDefinition";
    const key = roleKind === "azure.roleDefinition" ? roleDefinitionId(row.roleDefinitionId) : row.roleDefinitionId;
    const [role] = this.#world.index(roleKind, "id").get(key) ?? [];
    const name = typeof role?.name === "string" ? role.name.toLowerCase() : null;
    return best([fitsName(texts, guid), ...(name === null ? ["may" as const] : [fitsName(texts, name)])]);
  }

  /** Whether nothing else that was read fits a declaration as well: then nobody can tell which of them it is about. */
  #isOnly(of: string, row: Row, declaration: Declaration): boolean {
    // A flow is deployed to several servers from one file, and so are blocks.
    if (of.startsWith("prefect.")) return true;
    const others = grants.has(of)
      ? this.#grantsLike(of, row)
      : namesOf(row).flatMap((name) => [
          ...(this.#world.index(of, "name").get(name) ?? []),
          ...(this.#world.index(of, "displayName").get(name) ?? []),
        ]);
    return others.every(
      (other) =>
        other.id === row.id ||
        this.#isElsewhere(of, other, declaration) ||
        this.#fit(of, other, declaration).fit !== "yes",
    );
  }

  /** The grants of the same principal on scopes that are called the same: no others fit what one of them fits. */
  #grantsLike(of: string, row: Row): readonly Row[] {
    const keyOf = (each: Row): string => `${each.principalId} ${lastPart(scopeOf(each) ?? "")}`.toLowerCase();
    let like = this.#grants.get(of);
    if (like === undefined) {
      like = Map.groupBy([...this.#world.index(of, "principalId").values()].flat(), keyOf);
      this.#grants.set(of, like);
    }
    return like.get(keyOf(row)) ?? [];
  }

  /**
   * Whether the repository declares a resource. Unread where it may and nobody can tell: names that are not told in the files,
   * modules of registries, files that were not read whole.
   */
  isDeclared(of: string, row: Row): boolean | Unread {
    const { certain, possible } = this.find(of, row);
    if (certain.length > 0) return true;
    const missing = this.#world.missing(kind);
    if (missing !== null) return new Unread(missing);
    const [may] = [...possible, ...this.#anyOf(of)];
    return may === undefined ? false : new Unread(`${may.file}:${may.line} may declare it, and does not tell the name`);
  }
}

function put(index: Map<string, Declaration[]>, key: string, declaration: Declaration): void {
  const held = index.get(key);
  if (held === undefined) index.set(key, [declaration]);
  else held.push(declaration);
}

function referred({ refers }: Declaration, as: DeclaredReference["as"]): DeclaredReference | undefined {
  return refers?.find((each) => each.as === as);
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** The account of its one blob service. */
function withoutPart(id: string): string {
  return id.replace(/\/(?:blobservices|fileservices)\/default$/, "");
}

function groupFit(pattern: string, group: string): Fit {
  // Where the files do not tell the group, the name decides.
  return pattern === "*" ? "yes" : fitsName([pattern.toLowerCase()], group);
}

/** What a resource may be called in a file: its name, what it shows, and the last part of its id. */
function namesOf(row: Row): string[] {
  const own = [row.name, row.displayName].filter((each) => typeof each === "string") as string[];
  return [...new Set(row.id.startsWith("/") ? [...own, lastPart(row.id)] : own)];
}

function scopeOf(row: Row): string | null {
  const scope = valueAt(row, "scope.id") ?? row.workspaceId ?? null;
  return typeof scope === "string" ? scope : null;
}

/** The id of what a resource stands in or belongs to. */
function ownerIdOf(row: Row): string | null {
  const found = row.accountId ?? row.vaultId ?? row.workspaceId ?? row.ownerId ?? row.resourceId ?? null;
  return typeof found === "string" ? found : null;
}

/** Whether a declaration's type is the resource's: blocks have one, and so have principals. */
function typeFit(of: string, row: Row, { type = "" }: Declaration): Fit {
  if (of === "prefect.block") {
    if (type.includes("*")) return "may";
    const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
    return typeof row.type === "string" ? (plain(type) === plain(row.type) ? "yes" : "no") : "may";
  }
  if (of !== "azure.principal") return "yes";
  const wanted = /group/i.test(type) ? "groups" : /user/i.test(type) ? "users" : "serviceprincipals";
  return isOfType(`microsoft.graph/${wanted}`, row as AzurePrincipal) ? "yes" : "no";
}

function isOfType(type: string, { type: own }: Pick<AzurePrincipal, "type">): boolean {
  if (type.endsWith("/groups")) return own === "Group";
  if (type.endsWith("/users")) return own === "User";
  return own === "ServicePrincipal";
}

/** What a resource stands in or belongs to, where that was read. */
function ownerOf(of: string, row: Row, world: SnapshotWorld): { kind: string; row: Row } | null {
  const find = (in_: string, field: string, value: unknown): { kind: string; row: Row } | null => {
    if (typeof value !== "string" || world.snapshot.manifest.files[`${in_}.ndjson`] === undefined) return null;
    const [found] = world.index(in_, field).get(value) ?? [];
    return found === undefined ? null : { kind: in_, row: found };
  };
  switch (of) {
    case "azure.storageContainer":
      return find("azure.storageAccount", "id", row.accountId);
    case "azure.keyVaultSecret":
    case "azure.keyVaultKey":
    case "azure.keyVaultCertificate":
      return find("azure.keyVault", "id", row.vaultId);
    case "synapse.linkedService":
    case "synapse.credential":
    case "synapse.pipeline":
    case "synapse.sparkPool":
    case "synapse.sqlPool":
    case "synapse.roleAssignment":
      return find("synapse.workspace", "id", row.workspaceId);
    case "azure.roleAssignment":
    case "azure.roleEligibility":
      return atId(scopeOf(row), find);
    case "azure.diagnosticSetting":
      return atId(row.resourceId, find);
    case "azure.credential":
    case "azure.federatedCredential":
      return (
        find("azure.application", "id", row.ownerId) ??
        find("azure.managedIdentity", "id", row.ownerId) ??
        find("azure.principal", "id", row.ownerId)
      );
    case "azure.principal":
      return (
        find("azure.managedIdentity", "principalId", row.id) ??
        atId(row.managedIdentityResourceId, find) ??
        find("azure.application", "appId", row.appId)
      );
    case "azure.managedIdentity":
      // A system-assigned identity is made with its resource.
      return row.type === "system" || row.type === "systemAssigned" ? atId(withoutIdentity(row.id), find) : null;
    case "prefect.flowRun":
      return find("prefect.deployment", "uuid", row.deploymentUuid);
    case "prefect.assetEvent":
      return find("prefect.deployment", "uuid", row.deploymentUuid);
    case "prefect.workQueue":
      return find("prefect.workPool", "id", row.workPoolId);
    default:
      return null;
  }
}

function withoutIdentity(id: string): string {
  return id.replace(/\/providers\/microsoft\.managedidentity\/identities\/default$/, "");
}

/** What stands at an id of Azure. */
function atId(
  id: unknown,
  find: (kind: string, field: string, value: unknown) => { kind: string; row: Row } | null,
): { kind: string; row: Row } | null {
  for (const each of [
    "azure.storageAccount",
    "azure.storageContainer",
    "azure.keyVault",
    "synapse.workspace",
    "azure.managedIdentity",
    "azure.logWorkspace",
  ]) {
    const found = find(each, "id", id);
    if (found !== null) return found;
  }
  return null;
}
