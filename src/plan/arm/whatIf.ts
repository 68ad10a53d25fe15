import { ArmSyntaxError, type ArmValue, evaluateArm, parseArmExpression } from "../../resources/armExpression.ts";
import { normaliseId, parseScope } from "../../resources/scope.ts";
import { type PlannedAt, type PlannedObject, unknown } from "../plan.ts";
import { type ArmText, type Json, type JsonFile, type JsonMap, mapIn, parseJson, textIn, wrong } from "./json.ts";
import { type ArmObjects, type ArmOptions, kindsOf } from "./objects.ts";
import { Planned } from "./planned.ts";

/** Whether a text is what `az deployment … what-if --no-pretty-print` writes, or the service answers, or means to be. */
export function isArmWhatIf(text: string): boolean {
  return (
    /^\ufeff?\s*\{/.test(text) &&
    /"changes"\s*:/.test(text) &&
    /"(?:changeType|status|potentialChanges)"\s*:/.test(text)
  );
}

/** What becomes of a resource (the documentation's page Template deployment what-if, Change types). */
const changes = ["Create", "Modify", "Delete", "NoChange", "NoEffect", "Ignore", "Deploy", "Unsupported"] as const;

/**
 * What a what-if result changes. It was worked out by the service over what is live, so that it tells each resource as
 * it would be; what it says is only possible, or cannot be told, is undecided.
 * @throws InputError where the text is no JSON or no such result, or tells of an error
 */
export function readArmWhatIf(text: ArmText, options: Pick<ArmOptions, "live">): ArmObjects {
  const file = parseJson(text);
  const isBare = file.value.changes !== undefined || file.value.properties === undefined;
  const start = isBare ? [] : ["properties"];
  const result = isBare ? file.value : mapIn(file.value.properties);
  const error = mapIn(file.value.error) ?? mapIn(result?.error);
  if (error !== null || result?.changes === null)
    throw wrong(
      file.file,
      file.position(["error"]),
      "what-if-failed",
      `the what-if did not come to a result: ${textIn(error?.code) ?? "it tells no changes"}`,
      "mend what it complains of, and run it again",
    );
  if (!Array.isArray(result?.changes))
    throw wrong(file.file, file.position([]), "format", "this is no what-if result: it has no list of changes", null);
  const planned = new Planned({ subscription: null, resourceGroup: null, ...options });
  const reader = new Reader(file, planned);
  for (const [index, each] of result.changes.entries()) reader.change(mapIn(each), [...start, "changes", index]);
  const potential = result.potentialChanges;
  for (const [index, each] of (Array.isArray(potential) ? potential : []).entries())
    reader.possible(
      mapIn(each),
      [...start, "potentialChanges", index],
      "the what-if says that this may change, and not how",
    );
  const { objects, undecided, ignored } = planned.result();
  return {
    objects: [
      ...reader.deleted,
      ...objects.map((each) =>
        reader.modified.has(normaliseId(each.id)) ? { ...each, action: "update" as const } : each,
      ),
    ],
    undecided,
    ignored,
  };
}

class Reader {
  readonly deleted: PlannedObject[] = [];
  /** The ids of resources that are there and change. */
  readonly modified = new Set<string>();
  readonly #file: JsonFile;
  readonly #planned: Planned;

  constructor(file: JsonFile, planned: Planned) {
    this.#file = file;
    this.#planned = planned;
  }

  change(change: JsonMap | null, path: (string | number)[]): void {
    const id = textIn(change?.resourceId);
    const type = changes.find((each) => each.toLowerCase() === textIn(change?.changeType)?.toLowerCase());
    if (change === null || id === null || type === undefined)
      throw wrong(
        this.#file.file,
        this.#file.position(path),
        "what-if",
        "a change has a resourceId and a changeType that is documented",
        `known are ${changes.join(", ")}`,
      );
    if (type === "NoChange" || type === "NoEffect" || type === "Ignore") return;
    const at = this.#at(id, path);
    if (type === "Unsupported" || !id.startsWith("/")) {
      const reason = textIn(change.unsupportedReason);
      this.possible(
        change,
        path,
        `the what-if cannot tell what becomes of this${reason === null ? "" : ", and says why"}`,
      );
      return;
    }
    if (type === "Delete") {
      this.deleted.push({ type: typeOf(id), id, action: "delete", body: null, at });
      return;
    }
    const after = mapIn(change.after);
    if (after === null || type === "Deploy") {
      this.possible(change, path, "the what-if names this, and does not tell what it will be");
      return;
    }
    if (type === "Modify") this.modified.add(normaliseId(id));
    this.#planned.declare({
      id,
      type: typeOf(id),
      address: at.address ?? "",
      isExisting: false,
      at,
      body: () => {
        const { apiVersion: _, dependsOn: __, ...rest } = after;
        return this.#value(rest, [...path, "after"]) as { readonly [name: string]: ArmValue };
      },
    });
  }

  #at(id: string, path: (string | number)[]): PlannedAt {
    return { file: this.#file.file, ...this.#file.position(path), address: `arm:${normaliseId(id)}` };
  }

  /** Something that may change. */
  possible(change: JsonMap | null, path: (string | number)[], cause: string): void {
    const id = textIn(change?.resourceId) ?? "";
    const isId = id.startsWith("/");
    // An id that could not be worked out still names the type.
    const written = /['/]((?:microsoft)\.[a-z]+(?:\/[a-z]+)+)['/]/i.exec(id)?.[1]?.toLowerCase();
    const kinds = kindsOf(isId ? typeOf(id) : (written ?? ""));
    const at = this.#at(id, path);
    if (kinds.length > 0) this.#planned.undecided(kinds, isId ? id : "tenant", cause, at);
    else if (!isId && written === undefined) this.#planned.unread("tenant", cause, at);
  }

  /** What could not be worked out before the deployment stands in a result as its expression. */
  #value(json: Json, path: (string | number)[]): ArmValue {
    if (Array.isArray(json)) return json.map((each, index) => this.#value(each, [...path, index]));
    if (typeof json === "object" && json !== null)
      return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, this.#value(each, [...path, name])]));
    if (typeof json !== "string" || !json.startsWith("[") || !json.endsWith("]")) return json;
    try {
      return evaluateArm(parseArmExpression(json), {
        parameter: () => unknown,
        variable: () => unknown,
        call: (name, [what, , full]) =>
          name === "reference" && typeof what === "string" && what.startsWith("/")
            ? this.#planned.answer(what, typeof full === "string" && full.toLowerCase() === "full")
            : undefined,
      });
    } catch (error) {
      // A text that only looks like an expression is itself.
      if (error instanceof ArmSyntaxError) return json;
      throw error;
    }
  }
}

function typeOf(id: string): string {
  const { level, resourceType } = parseScope(id);
  return (
    resourceType ??
    (level === "resourceGroup" ? "microsoft.resources/resourcegroups" : "microsoft.resources/subscriptions")
  );
}
