import type { Row } from "../../resources/kinds.ts";
import { normaliseId } from "../../resources/scope.ts";
import { type PlannedValue, type Unknown, unknown } from "../plan.ts";
import type { Expression } from "./format.ts";
import { idForms } from "./idForms.ts";
import { type Instance, type Instances, type Path, partAt } from "./instances.ts";
import { meanings } from "./kinds.ts";
import { holdsUnknown, References, type Source } from "./references.ts";
import { moduleAddress } from "./traversal.ts";

/**
 * What an attribute names: something in Azure by its id, a principal by its object id, an identity or application by its
 * client id, an object of Entra ID, a role, an object of Prefect, or a name.
 */
export type Meant = "id" | "principal" | "client" | "object" | "role" | "prefect" | "name";

/** A principal with what kind it is, where that is known. */
interface Principal {
  id: string | Unknown;
  type: string | null;
}

/** The id of what has none before it is made. */
export function addressId(address: string): string {
  return `terraform:${address}`;
}

/** What is live, for what data sources are to read only during the change. */
export interface Live {
  /** The row of that id; undefined where there is none. */
  row(kind: string, id: string): Row | undefined;
  /** All rows of a kind. */
  rows(kind: string): Iterable<Row>;
}

/** Tells the values that a plan leaves open, and the ids of what it makes. */
export class Resolver {
  readonly #instances: Instances;
  readonly #references: References;
  /** The subscription that the command line names. */
  readonly #subscription: string | null;
  readonly #live: Live | undefined;
  readonly #ids = new Map<Instance, string>();
  readonly #subscriptions = new Map<string, string | null>();
  #relevant: readonly Source[] | null | undefined;
  /** Whether an id could not be told because nothing says in which subscription it lies. */
  lacksSubscription = false;

  constructor(instances: Instances, subscription: string | null, live?: Live) {
    this.#instances = instances;
    this.#references = new References(instances);
    this.#subscription = subscription;
    this.#live = live;
  }

  /** The id of an instance in Azure or Entra ID; its address where it has none before it is made. */
  id(instance: Instance): string {
    const known = this.#ids.get(instance);
    if (known !== undefined) return known;
    // A plan that was made by hand may go in circles.
    this.#ids.set(instance, addressId(instance.address));
    const id = this.#idOf(instance);
    this.#ids.set(instance, id);
    return id;
  }

  #idOf(instance: Instance): string {
    const own = partAt(instance.after, ["id"]);
    if (instance.type.startsWith("azuread_") && typeof own === "string") return bareId(own);
    for (const name of [...(meanings[instance.type]?.ids ?? []), "id"]) {
      const told = partAt(instance.after, [name]);
      if (typeof told !== "string" || !told.startsWith("/")) continue;
      // Beside custom roles, what has a bar in its id is no thing of Azure's own.
      if (!told.includes("|") || /\/roledefinitions\/[^/]+\|/i.test(told)) return plainId(told);
    }
    if (typeof own === "string" && !own.startsWith("/") && !own.startsWith("http")) return own;
    if (instance.type === "azurerm_subscription" && instance.mode === "data") {
      const subscription = this.text(instance, ["subscription_id"], "name") ?? this.subscriptionOf(instance);
      return subscription === null ? addressId(instance.address) : `/subscriptions/${subscription}`;
    }
    if (instance.type === "azapi_resource") return this.#sentId(instance) ?? addressId(instance.address);
    const forms = idForms[instance.type] ?? [];
    for (const form of typeof forms === "string" ? [forms] : forms) {
      const id = this.#filled(instance, form);
      if (id !== null) return id;
    }
    return addressId(instance.address);
  }

  /** The id of what azapi sends: below its parent, whose name a child only adds to; null where a part is not known. */
  #sentId(instance: Instance): string | null {
    const [namespace, ...types] =
      (this.text(instance, ["type"], "name") ?? "").toLowerCase().split("@")[0]?.split("/") ?? [];
    const parent = this.value(instance, ["parent_id"], "id");
    const name = this.text(instance, ["name"], "name");
    const last = types.at(-1);
    if (namespace === undefined || last === undefined || name === null) return null;
    if (typeof parent !== "string" || !parent.startsWith("/")) return null;
    const outer = parent.replace(/\/+$/, "");
    return types.length > 1 ? `${outer}/${last}/${name}` : `${outer}/providers/${namespace}/${last}/${name}`;
  }

  /** A form with the attributes that it names in their places; null where one of them is not known. */
  #filled(instance: Instance, form: string): string | null {
    const whole = /^[/{]/.test(form)
      ? form
      : `/subscriptions/{subscription}/resourcegroups/{resource_group_name}/providers/${form}`;
    let isKnown = true;
    const filled = whole.replace(/\{([^}>]+)(?:>([^}]+))?\}/g, (_, name: string, type: string | undefined) => {
      const value = this.#part(instance, name, type ?? null);
      if (value === null || value === "" || value.startsWith("terraform:")) isKnown = false;
      return value ?? "";
    });
    return isKnown ? filled : null;
  }

  #part(instance: Instance, name: string, type: string | null): string | null {
    if (name === "subscription") {
      const subscription = this.subscriptionOf(instance);
      if (subscription === null) this.lacksSubscription = true;
      return subscription;
    }
    if (name.endsWith("_id")) {
      const id = this.value(instance, [name], "id");
      return typeof id === "string" ? id.replace(/\/+$/, "") : null;
    }
    const value = this.text(instance, [name], "name");
    if (type === null || value === null) return value;
    const found = this.#instances.ofType(type).filter((each) => partAt(each.after, ["name"]) === value);
    const ids = new Set(found.map((each) => this.id(each)));
    const [only] = ids;
    return ids.size === 1 ? (only ?? null) : null;
  }

  /** A text that an attribute is; null where it is another thing or not known. */
  text(instance: Instance, path: Path, meant: Meant): string | null {
    const value = this.value(instance, path, meant);
    return typeof value === "string" ? value : null;
  }

  /** An attribute that names something; unknown where the plan does not decide what; undefined where it is not there. */
  value(instance: Instance, path: Path, meant: Meant): PlannedValue | undefined {
    const known = partAt(instance.after, path);
    if (known === null || known === undefined) return known;
    if (!holdsUnknown(known)) return formed(known, meant);
    return this.#decided(this.#sourcesOf(instance, path), meant)?.value ?? unknown;
  }

  /** What an attribute depends on; nothing where the service sets it. */
  #sourcesOf(instance: Instance, path: Path): readonly Source[] {
    const sources = this.#references.of(instance, path);
    return sources.filter((each) => each.is !== "attribute" || each.instance !== instance || each.path !== path);
  }

  /** The things that a list names; unknown where not all of them can be told. */
  list(instance: Instance, path: Path, meant: Meant): readonly PlannedValue[] | Unknown | null {
    const known = partAt(instance.after, path);
    if (known === null || known === undefined) return null;
    if (Array.isArray(known) && !holdsUnknown(known)) return known.map((each) => formed(each, meant));
    const found = this.#sourcesOf(instance, path).flatMap((source) => this.#candidates(source, meant));
    const told = Array.isArray(known) ? (known as readonly PlannedValue[]).filter((each) => !holdsUnknown(each)) : [];
    const made = new Set<string>();
    for (const each of found) {
      if (each === null) return unknown;
      made.add(each.value);
    }
    if (made.size === 0 || (Array.isArray(known) && known.length !== told.length + made.size)) return unknown;
    return [...told.map((each) => formed(each, meant)), ...made];
  }

  /** A principal that an attribute names. */
  principal(instance: Instance, path: Path): Principal {
    const known = partAt(instance.after, path);
    if (typeof known === "string") return { id: bareId(known), type: null };
    if (known !== unknown) return { id: unknown, type: null };
    const decided = this.#decided(this.#sourcesOf(instance, path), "principal");
    if (decided === null) return { id: unknown, type: null };
    return { id: decided.value, type: decided.from === null ? null : principalTypeOf(decided.from) };
  }

  /** The role that an attribute names: its id, or its name where a data source is yet to look it up. */
  role(instance: Instance, path: Path): { id: string } | { name: string } | null {
    const known = partAt(instance.after, path);
    if (typeof known === "string") return { id: plainId(known) };
    if (known !== unknown) return null;
    const decided = this.#decided(this.#sourcesOf(instance, path), "role");
    if (decided === null) return null;
    if (decided.from?.mode === "data") {
      const name = partAt(decided.from.after, ["name"]);
      return typeof name === "string" ? { name } : null;
    }
    return { id: decided.value };
  }

  /** The id of a custom role: by its GUID where the plan sets it. */
  roleId(instance: Instance): string {
    const id = this.id(instance);
    if (id.startsWith("/")) return id;
    const guid = partAt(instance.after, ["role_definition_id"]);
    const scope = this.value(instance, ["scope"], "id");
    if (typeof guid !== "string" || guid === "" || typeof scope !== "string" || !scope.startsWith("/")) return id;
    return `${scope === "/" ? "" : scope}/providers/microsoft.authorization/roledefinitions/${guid.toLowerCase()}`;
  }

  /** The id of a custom role of the plan by its name; null where it has none of that name, or several. */
  roleNamed(name: string): string | null {
    const found = this.#instances
      .ofType("azurerm_role_definition")
      .filter(
        (each) => each.mode === "managed" && String(partAt(each.after, ["name"])).toLowerCase() === name.toLowerCase(),
      );
    const [only] = found;
    return only !== undefined && found.length === 1 ? this.roleId(only) : null;
  }

  /** The subscription of an instance's provider, else the one that is named for all; null where neither is known. */
  subscriptionOf({ configured, type }: Instance): string | null {
    const key = configured?.provider_config_key ?? type.slice(0, Math.max(0, type.indexOf("_")));
    const known = this.#subscriptions.get(key);
    if (known !== undefined) return known;
    this.#subscriptions.set(key, null);
    const found =
      this.#configuredSubscription(key) ??
      this.#readSubscription(key) ??
      this.#heldSubscription(key) ??
      (this.#saysAnother(key) ? null : this.#subscription);
    this.#subscriptions.set(key, found);
    return found;
  }

  /** Whether a provider beside the default one has a subscription of its own, whatever it is. */
  #saysAnother(key: string): boolean {
    return key.includes(".") && this.#instances.provider(key)?.expressions?.subscription_id !== undefined;
  }

  #configuredSubscription(key: string): string | null {
    const provider = this.#instances.provider(key);
    const told = provider?.expressions?.subscription_id;
    if (provider === null || told === undefined) return null;
    const [only, ...others] = this.#references.ofProvider(told as Expression, provider.modules);
    return only?.is === "value" && others.length === 0 && typeof only.value === "string" && only.value !== ""
      ? only.value.toLowerCase()
      : null;
  }

  /** The subscription that data sources of the same provider have read as its own. */
  #readSubscription(key: string): string | null {
    for (const each of this.#instances.all()) {
      if (each.mode !== "data" || (each.configured?.provider_config_key ?? "azurerm") !== key) continue;
      const isOwn =
        each.type === "azurerm_client_config" ||
        (each.type === "azurerm_subscription" && each.configured?.expressions?.subscription_id === undefined);
      const told = isOwn ? partAt(each.after, ["subscription_id"]) : undefined;
      if (typeof told === "string" && told !== "") return told.toLowerCase();
    }
    return null;
  }

  /** The subscription in which everything lies that the same provider has made already; null where that is not one. */
  #heldSubscription(key: string): string | null {
    const found = new Set<string>();
    for (const each of this.#instances.all()) {
      const form = idForms[each.type];
      const isInGroup = typeof form === "string" && /^microsoft\./.test(form);
      if (each.mode !== "managed" || !isInGroup || (each.configured?.provider_config_key ?? "azurerm") !== key)
        continue;
      const id = partAt(each.after, ["id"]);
      const [, subscription] = typeof id === "string" ? (/^\/subscriptions\/([^/]+)\//i.exec(id) ?? []) : [];
      if (subscription !== undefined) found.add(subscription.toLowerCase());
    }
    const [only] = found;
    return only !== undefined && found.size === 1 ? only : null;
  }

  /**
   * The one thing that an attribute can name which depends on all of these; null where they leave it open. What is known
   * cannot be why the attribute is not, so it names something of the rest; two different things leave it open.
   */
  #decided(sources: readonly Source[], meant: Meant): { value: string; from: Instance | null } | null {
    const all = this.#withLocals(sources, meant);
    const parts = new Set(
      all.flatMap((each) => (each.is === "attribute" && each.path.length > 0 ? [resourceOf(each.instance)] : [])),
    );
    const found = new Map<string, Instance>();
    for (const source of all) {
      // Beside a part of one of its instances, all of a resource was only asked whether it is there.
      const isWhole = source.is === "attribute" && source.path.length === 0;
      if (isWhole && parts.has(resourceOf(source.instance))) continue;
      for (const each of this.#candidates(source, meant)) {
        if (each !== null) found.set(each.value, each.from);
        else if (source.is !== "attribute" || source.any !== true) return null;
      }
    }
    const [only] = found;
    if (only !== undefined) {
      // With a name beside it, it is put together of both.
      if (meant === "id" && all.some((each) => each.is === "value" && each.name === true)) return null;
      return found.size === 1 ? { value: only[0], from: only[1] } : null;
    }
    // Known after all: the plan says it in another place.
    const [told] = sources;
    return sources.length === 1 && told?.is === "value" && typeof told.value === "string" && told.value !== ""
      ? { value: String(formed(told.value, meant)), from: null }
      : null;
  }

  /**
   * What stands for locals: the plan leaves out what they are, and lists only what all of it depends on. The local of a
   * module depends on what is in the module, or on what the module is handed.
   */
  #withLocals(sources: readonly Source[], meant: Meant): readonly Source[] {
    return sources.flatMap((source): readonly Source[] => {
      if (source.is !== "open" || source.local === null) return [source];
      if (this.#relevant === undefined) this.#relevant = this.#references.relevant();
      const relevant = this.#relevant;
      if (relevant === null) return [source];
      const handed = this.#references.handedTo(source.modules);
      // Handed a local of its own caller, it may depend on anything.
      const module = handed.some((each) => each.is === "open") ? "" : moduleAddress(source.modules);
      const isInside = (each: Instance): boolean =>
        module === "" || `${moduleAddress(each.modules)}.`.startsWith(`${module}.`);
      const fitting = [
        ...relevant.filter((each) => each.is === "attribute" && isInside(each.instance)),
        ...handed,
      ].filter((each) => this.#candidates(each, meant).some((one) => one !== null));
      // What is sensitive or a local is none of it as far as can be told: then there is nothing that fits.
      return fitting.length === 0 ? [source] : fitting;
    });
  }

  /** What an unknown part of an instance can name; null: it is something else, so what is made of it cannot be told. */
  #candidates(source: Source, meant: Meant): ({ value: string; from: Instance } | null)[] {
    if (source.is === "value") return [];
    if (source.is === "open") return [null];
    const instance = this.#managed(source.instance);
    const { path } = source;
    const named = (value: string | null): ({ value: string; from: Instance } | null)[] => [
      value === null ? null : { value, from: instance },
    ];
    switch (meant) {
      case "id":
        return this.#idsAt(instance, path).map((value) => (value === null ? null : { value, from: instance }));
      case "role":
        // The scope that is written before a role says nothing of which role it is.
        if (instance.type === "azurerm_subscription" || instance.type === "azurerm_management_group") return [];
        return named(instance.type === "azurerm_role_definition" ? this.roleId(instance) : null);
      case "principal":
        return this.#principalsAt(instance, path).map((value) => (value === null ? null : { value, from: instance }));
      case "client":
        return named(this.#liveOf(instance, "client") ?? clientAt(instance, path));
      case "object":
        return named(isOneOf(path, meanings[instance.type]?.objects ?? []) ? this.id(instance) : null);
      case "prefect":
        return named(isOneOf(path, ["id"]) ? addressId(instance.address) : null);
      case "name":
        return named(this.#madeAt(instance, path));
    }
  }

  /** The resource that a data source is yet to read, where the plan makes it: the one that has all the names it asks by. */
  #managed(instance: Instance): Instance {
    if (instance.mode !== "data") return instance;
    const names = ["name", "resource_group_name", "display_name"];
    const told = names.map((name) => partAt(instance.after, [name]) ?? null);
    if (told.includes(unknown) || told.every((each) => each === null)) return instance;
    const same = this.#instances
      .ofType(instance.type)
      .filter(
        (each) =>
          each.mode === "managed" &&
          names.every((name, index) => told[index] === null || partAt(each.after, [name]) === told[index]),
      );
    const [only] = same;
    return only !== undefined && same.length === 1 ? only : instance;
  }

  #idsAt(instance: Instance, path: Path): (string | null)[] {
    // The subscription that is written before the rest of an id says nothing of the rest.
    if (path.at(-1) === "subscription_id" && /^azurerm_(?:subscription|client_config)$/.test(instance.type)) return [];
    const own = this.#idAt(instance, path);
    if (own !== null || path.length === 0) return [own];
    // A block, or all blocks of a name: each has an id.
    const inside = openPaths(partAt(instance.after, path) ?? null, path, /^id$/);
    return inside.length === 0 ? [null] : inside.map((each) => this.#idAt(instance, each));
  }

  #idAt(instance: Instance, path: Path): string | null {
    if (isOneOf(path, ["id", ...(meanings[instance.type]?.ids ?? [])]))
      return instance.type === "azurerm_role_definition" ? this.roleId(instance) : this.id(instance);
    const [first] = path;
    const last = path.at(-1);
    const { madeIds, parts } = meanings[instance.type] ?? {};
    const form = path.length === 1 ? madeIds?.[String(first)] : undefined;
    const made = form === undefined ? null : this.#madeOf(instance, form);
    if (made !== null) return made;
    const collection = last === "id" ? parts?.[String(first)] : undefined;
    const name = partAt(instance.after, [...path.slice(0, -1), "name"]);
    const id = this.id(instance);
    if (collection !== undefined && typeof name === "string" && id.startsWith("/"))
      return `${id}/${collection}/${name}`;
    // Something else that comes with the instance.
    if (typeof last === "string" && /(?:^|_)id$/.test(last) && !notOfAzure.test(last) && first !== "identity")
      return `${addressId(instance.address)}.${textOf(path)}`;
    return null;
  }

  #madeAt(instance: Instance, path: Path): string | null {
    const form = path.length === 1 ? meanings[instance.type]?.made?.[String(path[0])] : undefined;
    return form === undefined ? null : this.#madeOf(instance, form);
  }

  /** What a service makes of names; it cuts off what is too long. */
  #madeOf(instance: Instance, form: string): string | null {
    const made = this.#filled(instance, form);
    return made === null || made.slice(made.lastIndexOf("/") + 1).length > longestGroup ? null : made;
  }

  /** The principals that an unknown part of an instance may be. */
  #principalsAt(instance: Instance, path: Path): (string | null)[] {
    const listed = meanings[instance.type]?.principals;
    if (listed !== undefined) return [isOneOf(path, listed) ? this.#principalId(instance) : null];
    const own = path.length === 0 ? null : principalAt(instance, path);
    if (own !== null) return [own];
    // The whole instance, or a block of it: whatever of it can be a principal.
    const inside = new Set(principalPaths(instance, path).map((each) => principalAt(instance, each)));
    return inside.size === 0 && path.length > 0 ? [null] : [...inside].filter((each) => each !== null);
  }

  #principalId(instance: Instance): string {
    for (const name of meanings[instance.type]?.principals ?? []) {
      const told = partAt(instance.after, [name]);
      if (typeof told === "string") return bareId(told);
    }
    return this.#liveOf(instance, "principal") ?? addressId(instance.address);
  }

  /**
   * What a data source is to read that is there already; null where it is not there, or nobody can tell by what is known.
   * What it finds without that is made by the change, or holds nothing yet that a snapshot would know it by.
   */
  #liveOf(instance: Instance, wanted: "principal" | "client"): string | null {
    if (instance.mode !== "data" || this.#live === undefined) return null;
    const text = (name: string): string | null => {
      const value = partAt(instance.after, [name]);
      return typeof value === "string" && value !== "" ? value.toLowerCase() : null;
    };
    if (instance.type === "azurerm_user_assigned_identity") {
      const row = this.#live.row("azure.managedIdentity", normaliseId(this.id(instance)));
      const told = wanted === "principal" ? row?.principalId : row?.clientId;
      return typeof told === "string" ? told : null;
    }
    const type = meanings[instance.type]?.principalType;
    const [client, name] = [text("client_id") ?? text("application_id"), text("display_name")];
    if (type === undefined || (client === null && name === null)) return null;
    const found: Row[] = [];
    for (const row of this.#live.rows("azure.principal"))
      if (
        row.type === type &&
        (client === null ? String(row.displayName).toLowerCase() === name : row.appId === client)
      )
        found.push(row);
    const [only] = found;
    if (only === undefined || found.length > 1) return null;
    const told = wanted === "principal" ? only.id : only.appId;
    return typeof told === "string" ? told : null;
  }
}

/** The longest name of a resource group that AKS makes (the documentation's page on its troubleshooting). */
const longestGroup = 80;

/** What ends in id and names nothing in Azure Resource Manager. */
const notOfAzure = /^(?:tenant|principal|object|client|application|subscription|workspace|app|unique|key|user)_id$/;

/** Whether a path is one of some attributes, or the whole instance, of which it is then the only one that fits. */
function isOneOf(path: Path, names: readonly string[]): boolean {
  if (names.length === 0) return false;
  return path.length === 0 || (path.length === 1 && names.includes(String(path[0])));
}

/** The principal that a part of an instance is: its own identity, or one that comes with it. */
function principalAt({ address, type }: Instance, path: Path): string | null {
  // What a service answers to azapi, of which nothing else names a principal.
  if (type === "azapi_resource" && path[0] === "output") return addressId(address);
  const names = path.filter((part) => typeof part === "string");
  const last = names.at(-1) ?? "";
  if (path[0] === "identity") return names.length === 1 || last === "principal_id" ? addressId(address) : null;
  const isPart = /(?:^|_)(?:principal|object)_id$/.test(last);
  const holder = isPart ? path.slice(0, -1) : path;
  const holding = holder.findLast((part) => typeof part === "string");
  if (!isPart && !/_identity$/.test(String(holding))) return null;
  if (holder.length === 0) return `${addressId(address)}.${last}`;
  return `${addressId(address)}.${textOf(typeof holder.at(-1) === "number" ? holder : [...holder, 0])}`;
}

/** The unknown parts of an instance that can be principals: an identity of its own only where it has one. */
function principalPaths({ after }: Instance, path: Path): Path[] {
  const type = partAt(after, ["identity", 0, "type"]);
  const hasOwn = typeof type !== "string" || /systemassigned/i.test(type);
  return openPaths(partAt(after, path) ?? null, path, /(?:^|_)(?:(?:principal|object)_id|identity)$/).filter(
    ([first]) => first !== "identity" || hasOwn,
  );
}

/** The unknown parts of a value whose names are as asked for. */
function openPaths(value: PlannedValue, path: Path, named: RegExp): Path[] {
  if (value === unknown) {
    const last = path.findLast((part) => typeof part === "string");
    return last !== undefined && named.test(last) ? [path] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value))
    return (value as readonly PlannedValue[]).flatMap((each, index) => openPaths(each, [...path, index], named));
  return Object.entries(value).flatMap(([name, each]) => openPaths(each, [...path, name], named));
}

function clientAt(instance: Instance, path: Path): string | null {
  const listed = meanings[instance.type]?.clients;
  if (listed !== undefined) return isOneOf(path, listed) ? addressId(instance.address) : null;
  if (instance.type === "azapi_resource" && path[0] === "output") return addressId(instance.address);
  return path.at(-1) === "client_id" && path.length > 1
    ? principalAt(instance, [...path.slice(0, -1), "object_id"])
    : null;
}

function principalTypeOf({ type }: Instance): string {
  return meanings[type]?.principalType ?? "ServicePrincipal";
}

function textOf(path: Path): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

/** A known value in the form that it has as an id. */
function formed(value: PlannedValue, meant: Meant): PlannedValue {
  if (typeof value !== "string") return value;
  if (meant === "id" || meant === "role") return plainId(value);
  return meant === "name" ? value : bareId(value);
}

/** An id of Azure as Terraform writes it: that of a custom role has its scope behind a bar. */
function plainId(id: string): string {
  return id.startsWith("/") ? (id.split("|")[0] ?? id) : id;
}

/** An id of Entra ID without the path that version 3 of azuread writes before it, as in /groups/<object id>. */
export function bareId(id: string): string {
  return /^\/(?:applications|servicePrincipals|groups|users)\/([^/]+)$/i.exec(id)?.[1] ?? id;
}

/** What names the resource that an instance is one of. */
function resourceOf({ modules, mode, type, name }: Instance): string {
  return `${moduleAddress(modules)}/${mode}/${type}/${name}`;
}

/** Whether two ids name the same thing. */
export function isSameId(one: string, other: string): boolean {
  return normaliseId(one) === normaliseId(other);
}
