import { type ArmValue, isMarked, isOpen, openMap, withoutMarks } from "../../resources/armExpression.ts";
import type { Row } from "../../resources/kinds.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type PlannedAt, type PlannedObject, type PlannedValue, type Undecided, unknown } from "../plan.ts";
import { becomesRows } from "../rows/rows.ts";
import { type ArmObjects, type ArmOptions, everyKind, kindsOf } from "./objects.ts";

/** A resource that a template declares. */
export interface Declared {
  id: string;
  type: string;
  /** How the template calls it. */
  address: string;
  /** Worked out when it is asked for: resources refer to each other. */
  body(): { readonly [name: string]: ArmValue };
  /** Whether it is only named, and there already. */
  isExisting: boolean;
  at: PlannedAt;
}

/** All that a template and those inside it declare, by id. */
export class Planned {
  readonly options: ArmOptions;
  readonly #declared = new Map<string, Declared>();
  readonly #undecided: Undecided[] = [];
  readonly #ignored = new Map<string, number>();
  /** What marks stand for that a live name tells. */
  readonly #names = new Map<string, string>();

  constructor(options: ArmOptions) {
    this.options = options;
  }

  declare(resource: Declared): void {
    const id = normaliseId(resource.id);
    const held = this.#declared.get(id);
    if (held === undefined || held.isExisting) this.#declared.set(id, resource);
  }

  undecided(kinds: readonly string[], scope: string, cause: string, at: PlannedAt): void {
    // What has no name yet lies in its group, at least.
    const known = isMarked(scope)
      ? (/^\/subscriptions\/[^/\ue000]+(?:\/resourcegroups\/[^/\ue000]+(?=\/))?(?=\/)/i.exec(scope)?.[0] ?? "tenant")
      : scope;
    for (const kind of kinds) this.#undecided.push({ kind, scope: normaliseId(known), cause, at });
  }

  /** Everything may have changed at a scope. */
  unread(scope: string, cause: string, at: PlannedAt): void {
    this.undecided(everyKind, scope, cause, at);
  }

  /** What reference() gives of a resource: what its service answers, as far as it is known before the deployment. */
  answer(id: string, isFull: boolean): ArmValue {
    const declared = this.#declared.get(normaliseId(id));
    const resource = declared?.isExisting === false ? declared : undefined;
    const body = resource?.body() ?? {};
    const told = body.properties;
    const properties = openMap({
      ...(typeof told === "object" && told !== null && !Array.isArray(told) && !isOpen(told) ? (told as object) : {}),
      ...this.#made(id, resource),
    });
    if (!isFull) return properties;
    return openMap({ ...body, id, properties, ...this.#identity(id, resource, body) });
  }

  /** What a service makes of a resource itself. */
  #made(id: string, resource: Declared | undefined): { [name: string]: ArmValue } {
    const type = parseScope(id).resourceType ?? "";
    const name = id.slice(id.lastIndexOf("/") + 1);
    if (type === "microsoft.managedidentity/userassignedidentities") {
      const live = this.options.live.row("azure.managedIdentity", normaliseId(id));
      const text = (field: string): { [name: string]: ArmValue } =>
        typeof live?.[field] === "string" ? { [field]: live[field] } : {};
      if (live !== undefined) return { ...text("principalId"), ...text("clientId"), ...text("tenantId") };
      // Its address stands for what it will be.
      const planned = resource?.at.address;
      return typeof planned === "string" ? { principalId: planned.toLowerCase(), clientId: planned.toLowerCase() } : {};
    }
    if (isMarked(name)) return {};
    if (type === "microsoft.keyvault/vaults") return { vaultUri: `https://${name}.vault.azure.net/` };
    if (type === "microsoft.storage/storageaccounts")
      return {
        primaryEndpoints: openMap(
          Object.fromEntries(["blob", "dfs"].map((each) => [each, `https://${name}.${each}.core.windows.net/`])),
        ),
      };
    return {};
  }

  #identity(
    id: string,
    resource: Declared | undefined,
    { identity }: { readonly [name: string]: ArmValue },
  ): { [name: string]: ArmValue } {
    const own = `${normaliseId(id)}/providers/microsoft.managedidentity/identities/default`;
    const live = this.options.live.row("azure.managedIdentity", own);
    if (typeof live?.principalId === "string") return { identity: openMap({ principalId: live.principalId }) };
    const type =
      typeof identity === "object" && identity !== null && !Array.isArray(identity)
        ? (identity as { readonly [name: string]: ArmValue }).type
        : undefined;
    const isSystem = typeof type === "string" && type.toLowerCase().includes("systemassigned");
    const planned = resource?.at.address;
    if (!isSystem || typeof planned !== "string") return {};
    return { identity: openMap({ ...(identity as object), principalId: planned.toLowerCase() }) };
  }

  result(): ArmObjects {
    const declared = [...this.#declared.values()].filter(({ isExisting }) => !isExisting);
    for (const each of declared) this.#name(each);
    const objects: PlannedObject[] = [];
    for (const resource of declared) {
      const { type, at } = resource;
      const body = resource.body();
      const own = this.#known(resource.id);
      // What is named by chance is called by its address; what other things lie in has an id that says where it lies.
      const isUnnamed = isMarked(own);
      const isGrant = type.startsWith("microsoft.authorization/");
      const planned: { [name: string]: PlannedValue } = {};
      for (const [name, value] of Object.entries(body)) planned[name] = this.#value(value, true);
      if (isUnnamed) planned.name = unknown;
      if (isGrant) {
        const scope = own.slice(0, Math.max(0, own.toLowerCase().lastIndexOf("/providers/microsoft.authorization/")));
        const { properties } = planned;
        if (typeof properties === "object" && properties !== null && !Array.isArray(properties))
          planned.properties = { ...(properties as object), scope: scope === "" ? "/" : this.#value(scope) };
      }
      const id = isUnnamed && isGrant && at.address !== null ? at.address : shown(own);
      if (becomesRows(type) || planned.identity !== undefined)
        objects.push({ type, id, action: "create", body: planned, at });
      else if (kindsOf(type).length > 0)
        this.undecided(kindsOf(type), own, "resources of this type are not worked out", at);
      else this.#ignored.set(type, (this.#ignored.get(type) ?? 0) + 1);
    }
    return { objects, undecided: this.#undecided, ignored: this.#ignored };
  }

  /** A value as a plan holds it: with everything unknown that a mark stands in. */
  #value(value: ArmValue, isTop = false): PlannedValue {
    if (value === unknown) return unknown;
    if (typeof value === "string") {
      const text = this.#known(value);
      if (!isMarked(text)) return text;
      // An id of something that is made here leads to it, whatever it will be called.
      return this.#declared.has(normaliseId(value)) ? shown(text) : unknown;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return (value as readonly ArmValue[]).map((each) => this.#value(each));
    if (isOpen(value)) return unknown;
    const entries = Object.entries(value).map(([name, each]) => [name, this.#value(each as ArmValue)] as const);
    if (!isTop && entries.some(([name]) => isMarked(this.#known(name)) && !this.#declared.has(normaliseId(name))))
      return unknown;
    return Object.fromEntries(entries.map(([name, each]) => [shown(this.#known(name)), each]));
  }

  /** A text with each mark replaced that a live name tells. */
  #known(text: string): string {
    if (!isMarked(text)) return text;
    return withoutMarks(
      text,
      (mark, length) => this.#names.get(mark) ?? `\ue000${mark}${length === null ? "" : `:${length}`}\ue001`,
    );
  }

  /**
   * Finds what a name stands for that the service works out, as uniqueString() does: where a single live resource of the
   * type, in the same place, is called so but for that part, a deployment finds it there again.
   */
  #name({ id, type }: Declared): void {
    const [kind] = kindsOf(type);
    const own = normaliseId(id);
    if (kind === undefined || type.startsWith("microsoft.authorization/")) return;
    const name = this.#known(own.slice(own.lastIndexOf("/") + 1));
    const open: { mark: string; length: number | null }[] = [];
    const literal = withoutMarks(name, (mark, length) => {
      open.push({ mark, length });
      return "";
    });
    const [only] = open;
    if (only === undefined || only.length === null || open.length > 1 || literal === "") return;
    const { mark, length } = only;
    const pattern = new RegExp(
      `^${withoutMarks(this.#known(own).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), () => `([a-z0-9]{${length}})`)}$`,
    );
    const found: string[] = [];
    for (const row of this.options.live.rows(kind)) {
      const [, part] = pattern.exec((row as Row).id) ?? [];
      if (part !== undefined) found.push(part);
    }
    if (found.length === 1 && found[0] !== undefined) this.#names.set(mark, found[0]);
  }
}

/** A text that people see, with a short sign in the place of each mark. */
function shown(text: string): string {
  return withoutMarks(text, (mark) => `~${mark.slice(0, 8)}`);
}
