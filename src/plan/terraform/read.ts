import { parseScope } from "../../resources/scope.ts";
import type { PlannedAt, PlannedObject, Undecided } from "../plan.ts";
import { azapiTypes } from "./azapiTypes.ts";
import { azureTypes, networkAcls, type Translation } from "./azureTypes.ts";
import { entraTypes } from "./entraTypes.ts";
import { type PlanText, parseTerraformPlan, type ResourceChange, type TerraformPlan } from "./format.ts";
import { idForms } from "./idForms.ts";
import { type Instance, Instances } from "./instances.ts";
import { prefectTypes } from "./prefectTypes.ts";
import { type Around, type Body, body, isAzureId, type Made, Reader } from "./reader.ts";
import { isSameId, type Live, Resolver } from "./resolve.ts";
import { synapseTypes } from "./synapseTypes.ts";

/** How a plan of Terraform is read. */
export interface TerraformOptions extends Around {
  /** The subscription of providers that do not say theirs; null where the command line names none. */
  subscription: string | null;
  /** What is live, so that what the plan reads only during the change can be told; absent where nothing is known of it. */
  live?: Live;
}

/** What a plan of Terraform changes. */
export interface TerraformObjects {
  objects: readonly PlannedObject[];
  undecided: readonly Undecided[];
  /** By type of Terraform, how many changes are of types that stand for nothing. */
  ignored: ReadonlyMap<string, number>;
  /** Whether ids of new things are not known because nothing says their subscription: naming one decides more. */
  lacksSubscription: boolean;
}

const translations: Readonly<Record<string, Translation>> = {
  ...azureTypes,
  ...synapseTypes,
  ...entraTypes,
  ...prefectTypes,
  ...azapiTypes,
};

/**
 * What a plan of Terraform or OpenTofu changes, from the output of `terraform show -json`. What is known only after the
 * change is resolved through the configuration as far as it decides it, and unknown where it does not.
 * @throws InputError where the text is no sound plan of version 1 of the format
 */
export function readTerraformPlan(document: PlanText, options: TerraformOptions): TerraformObjects {
  const plan = parseTerraformPlan(document);
  const instances = new Instances(plan);
  return new PlanReader(plan, instances, new Resolver(instances, options.subscription, options.live), options).read();
}

class PlanReader {
  readonly #plan: TerraformPlan;
  readonly #instances: Instances;
  readonly #resolver: Resolver;
  readonly #around: Around;
  readonly #objects: PlannedObject[] = [];
  readonly #undecided: Undecided[] = [];
  readonly #ignored = new Map<string, number>();

  constructor(plan: TerraformPlan, instances: Instances, resolver: Resolver, around: Around) {
    this.#around = around;
    this.#plan = plan;
    this.#instances = instances;
    this.#resolver = resolver;
  }

  read(): TerraformObjects {
    const parts: { instance: Instance; at: PlannedAt }[] = [];
    for (const [index, change] of (this.#plan.json.resource_changes ?? []).entries()) {
      const instance = this.#instances.changed.get(index);
      if (instance === undefined || !isChange(change)) continue;
      const at = this.#plan.at(index);
      if (change.type in partTypes) parts.push({ instance, at });
      else if (change.type in blindTypes) this.#blind(instance, at);
      else this.#one(instance, at);
    }
    for (const { instance, at } of parts) this.#part(instance, at);
    this.#deferred();
    const { lacksSubscription } = this.#resolver;
    return { objects: this.#objects, undecided: this.#undecided, ignored: this.#ignored, lacksSubscription };
  }

  #one(instance: Instance, at: PlannedAt): void {
    const { actions } = instance;
    const isDeleted = actions.includes("delete");
    const isMade = actions.includes("create") || actions.includes("update");
    const old = isDeleted ? this.#made(before(instance)) : [];
    const made = isMade ? this.#made(instance) : [];
    if (old === null || made === null) {
      this.#ignored.set(instance.type, (this.#ignored.get(instance.type) ?? 0) + 1);
      return;
    }
    for (const { type, id, body: last, isUpdate } of old) {
      if (isUpdate === true) this.#objects.push({ type, id, action: "update", body: last, at });
      else if (!made.some((each) => each.type === type && isSameId(each.id, id)))
        this.#objects.push({ type, id, action: "delete", body: null, at });
    }
    for (const { type, id, body: fields, isUpdate } of made) {
      const isReplaced = old.some((each) => each.type === type && isSameId(each.id, id));
      const action = isReplaced ? "replace" : actions.includes("create") && isUpdate !== true ? "create" : "update";
      this.#objects.push({ type, id, action, body: fields, at });
    }
  }

  /** A change of something that the plan does not tell whole. */
  #blind(instance: Instance, at: PlannedAt): void {
    const reader = new Reader(instance.after === null ? before(instance) : instance, this.#resolver, this.#around);
    const blind = blindTypes[instance.type]?.(reader) ?? null;
    if (blind === null) this.#ignored.set(instance.type, (this.#ignored.get(instance.type) ?? 0) + 1);
    else this.#undecided.push({ ...blind, at });
  }

  /** What an instance stands for; null where that is nothing. */
  #made(instance: Instance): readonly Made[] | null {
    const reader = new Reader(instance, this.#resolver, this.#around);
    const translation = translations[instance.type];
    if (translation !== undefined) {
      const made = translation(reader);
      return made.length === 0 ? null : made;
    }
    if (idForms[instance.type] === undefined) return null;
    // Of no kind, but what it acts as is, and what is granted at it goes with it.
    const fields = reader.common;
    const { id } = reader;
    const isGoing = instance.actions.includes("delete");
    if (fields.identity === undefined && !(isGoing && isAzureId(id))) return null;
    const type = isAzureId(id) ? typeOfId(id) : typeOfForm(instance.type);
    return type?.startsWith("microsoft.") === true ? [{ type, id, body: fields }] : null;
  }

  /** What Terraform keeps as a resource of its own and the service as a part of another one. */
  #part(instance: Instance, at: PlannedAt): void {
    const part = partTypes[instance.type];
    if (part === undefined) return;
    const isGone = !instance.actions.includes("create") && instance.actions.includes("delete");
    const reader = new Reader(isGone ? before(instance) : instance, this.#resolver);
    const owner = reader.named("id", part.attribute);
    if (!isAzureId(owner)) {
      const cause = "what it belongs to is known only after the change";
      this.#undecided.push({ kind: part.kind, scope: "tenant", cause, at });
      return;
    }
    const planned = this.#objects.findIndex((each) => each.type === part.type && isSameId(each.id, owner));
    const found = this.#objects[planned];
    const fields = isGone ? {} : part.fields(reader);
    if (found !== undefined) {
      if (found.body !== null) this.#objects[planned] = { ...found, body: withProperties(found.body, fields) };
      return;
    }
    // The plan leaves the rest of its owner as it is.
    const held = this.#instances
      .ofType(part.owner)
      .find((each) => each.mode === "managed" && isSameId(this.#resolver.id(each), owner));
    const [whole] = held === undefined ? [] : (this.#made(held) ?? []);
    if (whole === undefined) {
      const cause = "a part of it changes, and the plan does not tell the rest";
      this.#undecided.push({ kind: part.kind, scope: owner.toLowerCase(), cause, at });
      return;
    }
    this.#objects.push({
      type: part.type,
      id: whole.id,
      action: "update",
      body: withProperties(whole.body, fields),
      at,
    });
  }

  /** What is left for a later plan. */
  #deferred(): void {
    for (const { resource_change: change } of this.#plan.json.deferred_changes ?? []) {
      const address = change?.address ?? "";
      if (change === undefined || !(change.type in translations || change.type in partTypes)) continue;
      this.#undecided.push({
        kind: deferredKind(change.type),
        scope: "tenant",
        cause: "Terraform leaves this change to a later plan",
        at: { ...this.#plan.at(-1), address: `terraform:${address}` },
      });
    }
  }
}

/** Whether something happens to a thing: what is read, kept, or only forgotten stays as it is. */
function isChange({ mode, change }: ResourceChange): boolean {
  return mode === "managed" && change.actions.some((each) => ["create", "update", "delete"].includes(each));
}

/** An instance as it is before the change. */
function before(instance: Instance): Instance {
  return { ...instance, after: instance.before, actions: ["delete"], configured: null, secrets: null };
}

function typeOfId(id: string): string {
  return parseScope(id).resourceType ?? "microsoft.resources/subscriptions/resourcegroups";
}

/** The type that the form of an id tells; null where it begins with another id. */
function typeOfForm(type: string): string | null {
  const form = idForms[type];
  const parts = (typeof form === "string" ? form : (form?.at(-1) ?? "")).split("/");
  return parts[0]?.startsWith("microsoft.") === true
    ? parts.filter((_, index) => index === 0 || index % 2 === 1).join("/")
    : null;
}

function withProperties(whole: Body, fields: Body): Body {
  const { properties } = whole;
  const held = typeof properties === "object" && properties !== null && !Array.isArray(properties) ? properties : {};
  return { ...whole, properties: { ...(held as Body), ...fields } };
}

/** A resource of Terraform that is a part of another thing. */
interface Part {
  /** What names its owner. */
  attribute: string;
  /** The owner's type in Azure and in Terraform, and its kind. */
  type: string;
  owner: string;
  kind: string;
  /** What it sets of the owner's properties. */
  fields(reader: Reader): Body;
}

const ofAccount = {
  attribute: "storage_account_id",
  type: "microsoft.storage/storageaccounts",
  owner: "azurerm_storage_account",
  kind: "azure.storageAccount",
} as const;

const partTypes: Readonly<Record<string, Part>> = {
  azurerm_storage_account_network_rules: {
    ...ofAccount,
    fields: (reader) => body({ networkAcls: networkAcls(reader, [], reader.get("default_action")) }),
  },
  azurerm_storage_account_customer_managed_key: {
    ...ofAccount,
    fields: () => ({ encryption: { keySource: "Microsoft.Keyvault" } }),
  },
};

type Blind = Omit<Undecided, "at">;

/** What changes something that a policy may ask for, in a way that a plan does not tell; null where no policy asks. */
const blindTypes: Readonly<Record<string, (reader: Reader) => Blind | null>> = {
  azuread_application_owner: () => ({
    kind: "azure.application",
    scope: "tenant",
    cause: "an owner of an application changes, and the plan does not tell its other ones",
  }),
  azapi_update_resource: (reader) => {
    const type = reader.text("type")?.toLowerCase().split("@")[0];
    const kind = type === undefined ? undefined : updatedKinds[type];
    if (kind === undefined) return null;
    const id = reader.named("id", reader.get("resource_id") === undefined ? "parent_id" : "resource_id");
    const cause = "a part of a resource changes, and the plan does not tell the rest";
    return { kind, scope: isAzureId(id) ? id.toLowerCase() : "tenant", cause };
  },
};

/** What an update through azapi may be of, by its type; the settings of a thing are its own fields. */
const updatedKinds: Readonly<Record<string, string>> = {
  "microsoft.storage/storageaccounts": "azure.storageAccount",
  "microsoft.storage/storageaccounts/blobservices/containers": "azure.storageContainer",
  "microsoft.keyvault/vaults": "azure.keyVault",
  "microsoft.operationalinsights/workspaces": "azure.logWorkspace",
  "microsoft.managedidentity/userassignedidentities": "azure.managedIdentity",
  "microsoft.synapse/workspaces": "synapse.workspace",
  "microsoft.synapse/workspaces/sqlpools": "synapse.sqlPool",
  "microsoft.synapse/workspaces/bigdatapools": "synapse.sparkPool",
};

function deferredKind(type: string): string {
  if (type.startsWith("prefect_")) return `prefect.${type.slice("prefect_".length).replace("work_pool", "workPool")}`;
  if (type.includes("role_assignment")) return "azure.roleAssignment";
  return partTypes[type]?.kind ?? "azure.roleAssignment";
}
