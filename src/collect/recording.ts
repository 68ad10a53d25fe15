import { type ReadDefinition, readName } from "./definition.ts";

/** The form of a JSON value without what stands in it: what types it has, and what lies below. */
export interface Shape {
  /** Each type that was met, and how often. */
  types: Record<string, number>;
  /** Of objects: the form of each field. */
  fields?: Record<string, Shape>;
  /** Of lists: the form of their elements, all together. */
  items?: Shape;
}

/** What is kept of the answers to one read. */
interface Recorded {
  read: string;
  endpoint: string;
  apiVersion: string | null;
  answers: number;
  shape: Shape;
}

/** Fields whose keys are written by people, so that the keys are redacted as values are. */
const writtenByPeople =
  /^(?:tags|labels|data|env|environment|parameters|variables|properties\.variables|job_variables|job_configuration|base_job_template|parameter_openapi_schema|pull_steps|block_document_references|userAssignedIdentities|annotations|payload|related|trigger|actions|typeProperties|sparkConfig|fields|definitions)$/i;

/** Fields whose values are words of the service, and say what must be understood; only plain words are kept of them. */
const wordFields =
  /^(?:@odata\.type|type|kind|state|status|principalType|servicePrincipalType|userType|roleType|memberType|assignmentType|publicNetworkAccess|provisioningState|bypass|defaultAction|usage|category|categoryGroup|managedVirtualNetwork|recoveryLevel|signInAudience|effect|denyAssignmentEffect|minimumTlsVersion|code|is_[a-z]+)$/;

/**
 * The forms of the answers of a run, without any value, name or id: what a service's answers look like in a tenant can
 * then be sent to somebody who may not see the tenant. Of texts only their kind is kept (a GUID, a time, an Azure id …),
 * of the service's own words the word.
 */
export class Recording {
  readonly #reads = new Map<string, Recorded>();

  /** Takes note of an answer that was accepted. */
  note(read: ReadDefinition, body: unknown): void {
    const key = `${readName(read)} ${read.endpoint}`;
    const held = this.#reads.get(key) ?? {
      read: readName(read),
      endpoint: read.endpoint,
      apiVersion: read.apiVersion,
      answers: 0,
      shape: { types: {} },
    };
    this.#reads.set(key, held);
    held.answers++;
    add(held.shape, body, "");
  }

  /** Everything that was recorded, as JSON. */
  text(): string {
    const reads = [...this.#reads.values()].sort((a, b) => (a.read + a.endpoint < b.read + b.endpoint ? -1 : 1));
    return `${JSON.stringify({ version: "leastwise/recording/v1", reads }, sorted, 2)}\n`;
  }
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function add(shape: Shape, value: unknown, field: string): void {
  const type = typeOf(value, field);
  shape.types[type] = (shape.types[type] ?? 0) + 1;
  if (Array.isArray(value)) {
    shape.items ??= { types: {} };
    for (const each of value) add(shape.items, each, field);
  } else if (typeof value === "object" && value !== null) {
    shape.fields ??= {};
    for (const [name, each] of Object.entries(value)) {
      const shown = shownKey(name, field);
      const below = (Object.hasOwn(shape.fields, shown) ? shape.fields[shown] : undefined) ?? { types: {} };
      shape.fields[shown] = below;
      // Below what people wrote every key is theirs.
      add(below, each, writtenByPeople.test(field) ? field : name);
    }
  }
}

/** A key that a service documents, or a placeholder for one that anybody may have written. */
function shownKey(name: string, field: string): string {
  return !writtenByPeople.test(field) && /^[@$]?[A-Za-z_][\w.@$]{0,63}$/.test(name) ? name : "<key>";
}

const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function typeOf(value: unknown, field: string): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "empty list" : "list";
  if (typeof value !== "string") return typeof value;
  if (value === "") return "empty text";
  if (guid.test(value)) return "guid";
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?$/.test(value)) return "time";
  if (value.startsWith("/")) return azureForm(value);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return "address";
  if (/^\d+$/.test(value)) return "digits";
  if (/^\*{4,}$/.test(value)) return "mask";
  if (wordFields.test(field) && /^#?[A-Za-z][A-Za-z.]{0,60}(?:\/[A-Za-z.]{1,60}){0,4}$/.test(value))
    return `word ${value}`;
  return "text";
}

/** An Azure id without its names: every second segment after a provider is a type, and before it a level. */
function azureForm(id: string): string {
  const known = /^(?:subscriptions|resourcegroups|providers|microsoft\.[a-z.]+|managementgroups)$/i;
  const parts = id.split("/").slice(1);
  return `id ${parts.map((part) => (known.test(part) ? part : "…")).join("/")}`;
}
