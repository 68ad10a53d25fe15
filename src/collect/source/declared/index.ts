import { parseAllDocuments } from "yaml";
import type { SourceDeclaration } from "../../../resources/generated.ts";
import { type Clock, OutOfTime } from "../../../secrets/formats/format.ts";
import { jsonNodes } from "../../../secrets/formats/json.ts";
import { yamlNodes } from "../../../secrets/formats/yaml.ts";
import { linesOf } from "../../../secrets/text.ts";
import type { NewRow } from "../../reader.ts";
import { maskName } from "../../values.ts";
import { BicepFiles } from "./bicep.ts";
import type { Declared } from "./declared.ts";
import { documentDeclares, type PendingDeployment } from "./documents.ts";
import { PythonFiles } from "./python.ts";
import { TerraformFiles } from "./terraform.ts";
import { treesOf } from "./tree.ts";

/** The formats in which declarations are looked for, as `source.file` names them. */
const readable: ReadonlySet<string> = new Set(["bicep", "terraform", "json", "yaml", "python"]);

/** What a document that is not in order must hold to matter: most of them declare nothing. */
const mayDeclare = /deploymentTemplate|block_type|deployments:|"?resources"?:|Microsoft\.\w+\//;

/** Whether a text is YAML to its end: nodes are also made of what is not. */
function isYaml(text: string): boolean {
  return parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" }).every(({ errors }) => errors.length === 0);
}

/** Azure takes no larger template (learn.microsoft.com/azure/azure-resource-manager/templates/best-practices). */
const largestTemplate = 4 * 1024 * 1024;

/** A file whose declarations were looked for. */
interface File {
  /** Under which it stands in the snapshot. */
  id: string;
  format: string;
  text: string;
}

/**
 * The lines of the repository that declare resources. Files are read one by one and joined at the end, because what a name
 * stands for is often told in another file.
 */
export class DeclarationIndex {
  readonly #files = new Map<string, File>();
  readonly #terraform = new TerraformFiles();
  readonly #bicep = new BicepFiles();
  readonly #python = new PythonFiles();
  readonly #documents: (Declared | PendingDeployment)[] = [];
  readonly #faults: string[] = [];

  /**
   * Takes in a file.
   * @param id the path under which it stands in the snapshot
   * @param milliseconds how long it may take
   */
  add(path: string, id: string, format: string, text: string, milliseconds: number): void {
    if (!readable.has(format)) return;
    const until = performance.now() + milliseconds;
    const clock: Clock = () => {
      if (performance.now() > until) throw new OutOfTime();
    };
    this.#files.set(path, { id, format, text });
    try {
      if (!this.#take(path, format, text, clock)) this.#faults.push(`${id} is not in order`);
    } catch (error) {
      // What is nested so deeply that no parser follows was written by nobody who declares anything.
      if (error instanceof RangeError) this.#faults.push(`${id} is nested too deeply`);
      else if (error instanceof OutOfTime) this.#faults.push(`${id} takes too long`);
      else throw error;
    }
  }

  /** @returns whether all of the file could be read */
  #take(path: string, format: string, text: string, clock: Clock): boolean {
    if (format === "terraform") return this.#terraform.add(path, text, clock);
    if (format === "bicep") return this.#bicep.add(path, text, clock);
    if (format === "python") return this.#python.add(path, text, clock);
    const { nodes, sound } = format === "json" ? jsonNodes(text, clock) : yamlNodes(text, clock);
    if (path.endsWith(".tf.json")) return false;
    for (const tree of treesOf(nodes)) this.#documents.push(...documentDeclares(path, tree, clock));
    return !mayDeclare.test(text) || (sound && (format === "json" || isYaml(text)));
  }

  /**
   * A file that should have been looked into and was not.
   * @param bytes its size; null where that is not known
   */
  missed(path: string, id: string, bytes: number | null): void {
    const isDocument = /\.(?:json|ya?ml)$/i.test(path);
    if (isDocument ? bytes === null || bytes <= largestTemplate : /\.(?:tf|tfvars|bicep|bicepparam|py)$/i.test(path))
      this.#faults.push(`${id} was not read whole`);
  }

  /** Every declaration, in order of place, and why there may be more; null where these are all. */
  rows(): { rows: (SourceDeclaration & NewRow)[]; cause: string | null } {
    const found: Declared[] = [
      ...this.#terraform.declared(),
      ...this.#bicep.declared(),
      ...this.#python.declared(),
      ...this.#documents.map((each) => ("entrypoint" in each ? this.#deployment(each) : each)),
    ];
    if (this.#terraform.cut || this.#bicep.cut) this.#faults.push("modules are called too often to be followed");
    const byFile = Map.groupBy(found, ({ path }) => path);
    const taken = new Map<string, number>();
    const rows = [...byFile].flatMap(([path, declared]) => {
      const file = this.#files.get(path);
      if (file === undefined) return [];
      const places = linesOf(file.text);
      return declared.map((each) => rowOf(each, file, places(each.offset), taken));
    });
    const shown = this.#faults.slice(0, 3).join(", ");
    const more = this.#faults.length > 3 ? ` and ${this.#faults.length - 3} more` : "";
    return { rows, cause: this.#faults.length === 0 ? null : `declarations may be missing: ${shown}${more}` };
  }

  #deployment({ entrypoint, ...each }: PendingDeployment): Declared {
    const names = entrypoint === null ? ["*"] : this.#python.flowOf(entrypoint).texts;
    return { ...each, refers: [{ as: "flow", type: "prefect/flow", names, ids: [] }] };
  }
}

function rowOf(
  declared: Declared,
  file: File,
  { line, column }: { line: number; column: number },
  taken: Map<string, number>,
): SourceDeclaration & NewRow {
  const place = `${file.id}:${line}:${column}`;
  const count = (taken.get(place) ?? 0) + 1;
  taken.set(place, count);
  const { kind, address, resourceGroups, refers } = declared;
  return {
    // A module that is called several times declares several things in one line.
    id: count === 1 ? place : `${place} (${count})`,
    kind,
    type: masked(declared.type),
    format: file.format,
    file: file.id,
    line,
    column,
    address: address === null ? null : masked(address),
    names: declared.names.map(masked),
    ids: declared.ids.map(masked),
    resourceGroups: resourceGroups.map(masked),
    refers: refers.map((each) => ({ ...each, names: each.names.map(masked), ids: each.ids.map(masked) })),
  };
}

/** Any text of a file may hold a credential, as the source of a module does; `source.file` tells of it. */
function masked(text: string): string {
  return maskName(text, undefined).name;
}
