import type { Answer, Named, Path, Step } from "../access/answer.ts";
import { wrap } from "./layout.ts";
import { visible } from "./text.ts";

const hows: Readonly<Record<Step["how"], string>> = {
  appPermission: "administers the directory by an application permission",
  attachIdentity: "attaches the identity to a machine of its own",
  changeCustomRole: "widens a custom role that it holds",
  changeVaultPolicy: "gives itself access to the vault",
  directoryRole: "administers the directory",
  federateIdentity: "lets itself sign in as the identity",
  grantRoles: "grants itself any role",
  grantSynapseRoles: "grants itself any Synapse role",
  ownApplication: "adds a credential as owner",
  ownGroup: "adds itself as owner of the group",
  readKeys: "reads the account's keys",
  runAsIdentity: "runs code where the identity is attached",
  useWorkspaceIdentity: "works as the workspace's own identity",
};

/** Whose environments a thing belongs to, in words for a heading. */
export type Placed = (named: Named) => string;

/**
 * An answer about access as text, in lines of at most `width` columns.
 * @param to what it was narrowed to: then a part in which nothing leads there is left out
 */
export function renderAccess(answer: Answer, placed: Placed, width: number, to: string | null = null): string {
  const lines: string[] = [];
  const say = (text: string, indent: number): void => {
    for (const [index, line] of wrap(visible(text), width - indent - 2).entries())
      lines.push(" ".repeat(indent + (index === 0 ? 0 : 2)) + line);
  };
  const heading = (text: string): void => {
    lines.push("", text);
  };
  const { subject } = answer;
  say(`${subject.name} (${subject.kind}${placed(subject)})`, 0);
  say(subject.id, 2);
  if (answer.groups.length > 0) say(`in ${answer.groups.map(({ name }) => name).join(", ")}`, 2);
  const isPrincipal = subject.kind === "azure.principal";
  const isResource = !isPrincipal && !subject.kind.startsWith("prefect.");
  if (subject.kind.startsWith("prefect.")) {
    heading("Signs in as");
    for (const { principal, path } of answer.signsInAs)
      say(`${principal.name}${path.length === 0 ? "" : `, by way of ${path.join(", ")}`}`, 2);
    if (answer.signsInAs.length === 0) say(unknownNone("No identity was found", answer), 2);
    if (answer.names.length > 0) heading("What it names");
    for (const { resource, host, login } of answer.names) {
      const as = login === null ? "" : `, as the login ${login}: what that may do stands inside SQL`;
      say(`${resource.kind} ${resource.name}${placed(resource)}, by ${host}${as}`, 2);
    }
  }
  /** A part of the answer; where it was narrowed, only if something is in it. */
  const part = (title: string, items: readonly unknown[], none: string, show: () => void): void => {
    if (items.length === 0 && to !== null) return;
    heading(title);
    show();
    if (items.length === 0) say(unknownNone(none, answer), 2);
  };
  const chains = (title: string, of: readonly (readonly Step[])[], none: string): void =>
    part(title, of, none, () => {
      for (const chain of of) sayChain(chain, say);
    });
  if (!isResource) {
    part("What it reaches", answer.reaches, "No path was found", () =>
      sayPaths(answer.reaches, (path) => path.resource, placed, say, subject.kind.startsWith("prefect.")),
    );
    chains("What it could make itself", answer.couldBecome, "No way up was found");
  }
  if (isResource) {
    if (answer.everybody !== null) lines.push("", "Who reaches it without signing in");
    if (answer.everybody !== null) say(answer.everybody, 2);
    part("Who reaches it", answer.reachedBy, "No path was found", () =>
      sayPaths(answer.reachedBy, (path) => path.principal, placed, say, false),
    );
    chains("Who could come to reach it", answer.couldBecomeIt, "Nobody was found");
  }
  if (isPrincipal) {
    part("What signs in as it", answer.usedBy, "Nothing in Prefect was found", () => {
      for (const { object, path } of answer.usedBy)
        say(`${object.kind} ${object.id}${path.length === 0 ? "" : `, by way of ${path.join(", ")}`}`, 2);
    });
    if (answer.trusts.length > 0 && to === null) {
      heading("Whose tokens are taken for its own");
      for (const { issuer, subject } of answer.trusts) say(`${subject}, of ${issuer}`, 2);
    }
    chains("Who could act as it", answer.couldBecomeIt, "Nobody was found");
  }
  const isFound = [answer.reaches, answer.couldBecome, answer.reachedBy, answer.couldBecomeIt, answer.usedBy].some(
    (each) => each.length > 0,
  );
  if (to !== null && !isFound) lines.push("", unknownNone(`No path to ${visible(to)} was found`, answer));
  heading("Not read, so not in this answer");
  for (const each of answer.unread) say(`- ${each}`, 2);
  return `${lines.join("\n")}\n`;
}

type Say = (text: string, indent: number) => void;

function unknownNone(text: string, { unread }: Answer): string {
  return unread.length === 0 ? `${text}.` : `${text}; that there is none is not known, for what was not read (below).`;
}

/** Paths by what they lead to, and there by what gives them. */
function sayPaths(paths: readonly Path[], of: (path: Path) => Named, placed: Placed, say: Say, named: boolean): void {
  for (const group of Map.groupBy(paths, (path) => of(path).id).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const to = of(first);
    say(`${to.kind} ${to.name}${to.state === undefined ? "" : ` (${to.state})`}${placed(to)}`, 2);
    const giving = Map.groupBy(
      group,
      (path) => `${path.byId} ${path.by} ${path.through?.id} ${path.principal.id} ${path.when} ${path.open}`,
    );
    for (const each of giving.values()) {
      const [path] = each;
      if (path === undefined) continue;
      const who = named ? `${path.principal.name}: ` : "";
      const through = path.through === null ? "" : `, through ${path.through.name}`;
      const when =
        path.when === "eligible" ? ", once activated" : path.when === "activated" ? ", activated for a while" : "";
      const open = path.open === null ? "" : ` (not sure: ${path.open})`;
      say(`${each.map(({ right }) => right).join(", ")}: ${who}${path.by}${through}${when}${open}`, 4);
    }
  }
}

function sayChain(chain: readonly Step[], say: Say): void {
  const [first] = chain;
  if (first === undefined) return;
  const steps = chain.map(({ to, how, by, through, open }) => {
    const held = through === null ? by : `${by}, through ${through.name}`;
    return `-> ${to.name}: ${hows[how]} (${held}${open === null ? "" : `; not sure: ${open}`})`;
  });
  say(`${first.from.name} ${steps.join(" ")}`, 2);
}
