/** A step of a reference: an attribute, or a key in brackets. */
export type Step = { name: string } | { key: string | number };

const part = /(?:^|\.)([A-Za-z_][\w-]*|\*)|(?:^|\.)(\d+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** The steps of a reference or address, as in azurerm_x.y["a.b"].identity[0].principal_id; null where it is written otherwise. */
export function stepsOf(text: string): readonly Step[] | null {
  const steps: Step[] = [];
  part.lastIndex = 0;
  for (let at = 0; at < text.length; at = part.lastIndex) {
    const found = part.exec(text);
    if (found === null) return null;
    const [, name, old, index, key] = found;
    if (name !== undefined) steps.push({ name });
    else if (key !== undefined) steps.push({ key: unescaped(key) });
    else steps.push({ key: Number(old ?? index) });
  }
  return steps;
}

/** A key in quotes as HCL escapes it. */
function unescaped(key: string): string {
  return key
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (_, four, eight, one) => {
      if (four !== undefined || eight !== undefined) return String.fromCodePoint(Number.parseInt(four ?? eight, 16));
      return { n: "\n", r: "\r", t: "\t" }[one as string] ?? one;
    })
    .replaceAll("$${", "${")
    .replaceAll("%%{", "%{");
}

/** Whether one list of steps goes on where the other ends. */
function goesOn(longer: readonly Step[], shorter: readonly Step[]): boolean {
  return longer.length > shorter.length && shorter.every((step, index) => isSame(step, longer[index]));
}

function isSame(one: Step, other: Step | undefined): boolean {
  if (other === undefined) return false;
  if ("name" in one) return "name" in other && one.name === other.name;
  return "key" in other && one.key === other.key;
}

/**
 * The references of an expression, without the shorter ones that each is followed by: the format writes
 * `azurerm_x.y.id` as itself and `azurerm_x.y`. One that stands there for its own sake is kept.
 * @returns null in the place of a reference that is written otherwise
 */
export function ownReferences(references: readonly string[]): (readonly Step[] | null)[] {
  const own: (readonly Step[] | null)[] = [];
  let before: readonly Step[] | null = null;
  for (const text of references) {
    const steps = stepsOf(text);
    const isShorter: boolean = steps !== null && before !== null && goesOn(before, steps);
    if (!isShorter) own.push(steps);
    before = steps;
  }
  return own;
}

/** A module instance on the way to an address. */
export interface ModuleStep {
  name: string;
  key: string | number | null;
}

/** The module instances that an address as in module.a["x"].module.b goes through; null where it is written otherwise. */
export function modulesOf(address: string): readonly ModuleStep[] | null {
  const steps = address === "" ? [] : stepsOf(address);
  if (steps === null) return null;
  const modules: ModuleStep[] = [];
  for (let at = 0; at < steps.length; ) {
    const [word, name, key] = [steps[at], steps[at + 1], steps[at + 2]];
    if (word === undefined || !("name" in word) || word.name !== "module") return null;
    if (name === undefined || !("name" in name)) return null;
    const isKeyed = key !== undefined && "key" in key;
    modules.push({ name: name.name, key: isKeyed ? key.key : null });
    at += isKeyed ? 3 : 2;
  }
  return modules;
}

/** The address of a module instance; empty of the root. */
export function moduleAddress(modules: readonly ModuleStep[]): string {
  return modules.map(({ name, key }) => `module.${name}${keyText(key)}`).join(".");
}

/** A key in brackets; nothing where there is none. */
export function keyText(key: string | number | null): string {
  if (key === null) return "";
  return typeof key === "number" ? `[${key}]` : `[${JSON.stringify(key)}]`;
}
