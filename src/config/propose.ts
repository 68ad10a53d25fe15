import { stringify } from "yaml";

/** What `leastwise init` saw of a workspace. */
export interface SeenWorkspace {
  id: string;
  name: string;
  subscription: string;
  resourceGroup: string;
  tags: Readonly<Record<string, string>>;
  /** Hosts under which Prefect blocks name it. */
  hosts: readonly string[];
}

/** What `leastwise init` saw of a Prefect server. */
export interface SeenServer {
  name: string;
  api: string;
  /** The environment variable that holds the credential; null where none is needed. */
  auth: string | null;
  /** Where the address was found, for people. */
  from: string;
  /** Hosts that its blocks name. */
  hosts: readonly string[];
}

/** Everything that the credentials showed. */
export interface Seen {
  /** The name of the cloud, or its endpoints; null where Azure is not read. */
  cloud: string | Readonly<Record<string, string>> | null;
  subscriptions: readonly { id: string; name: string; tags: Readonly<Record<string, string>> }[];
  workspaces: readonly SeenWorkspace[];
  servers: readonly SeenServer[];
  /** How many rows of each kind there are: the floors under what a scan must find. */
  counts: Readonly<Record<string, number>>;
  /** How many files of the folder each of `sourcePatterns` names. */
  files: ReadonlyMap<string, number>;
  /** What could not be read, for people. */
  unread: readonly string[];
}

/** The files in which flows and what they run on are usually written down. */
export const sourcePatterns: readonly string[] = [
  "**/prefect.yaml",
  "flows/**/*.py",
  "infra/**",
  "**/*.bicep",
  "**/*.tf",
];

/** A guess, with the reason for a person to confirm. */
interface Guess {
  environment: string;
  because: string;
}

/** Words by which people name environments; the first environment that a name's words tell is taken. */
const words: Readonly<Record<string, readonly string[]>> = {
  prod: ["prod", "prd", "production", "live"],
  test: ["test", "tst", "qa", "uat", "staging", "stage", "stg", "acc", "acceptance", "preprod"],
  dev: ["dev", "development", "sandbox", "sbx", "nonprod", "nonproduction"],
};

/** Tags that say an environment, in lower case. */
const tagNames: readonly string[] = ["environment", "env", "stage"];

function environmentIn(text: string): string | null {
  const parts = text.toLowerCase().split(/[^a-z0-9]+|(?<=[a-z])(?=\d)/);
  for (const [environment, names] of Object.entries(words)) {
    if (parts.some((part) => names.includes(part))) return environment;
  }
  return null;
}

function byTags(tags: Readonly<Record<string, string>>, of: string): Guess | null {
  for (const [name, value] of Object.entries(tags)) {
    const environment = tagNames.includes(name.toLowerCase()) ? environmentIn(value) : null;
    if (environment !== null) return { environment, because: `the tag ${name} of ${of} is ${value}` };
  }
  return null;
}

function byName(name: string, what: string): Guess | null {
  const environment = environmentIn(name);
  return environment === null ? null : { environment, because: `${what} is named ${name}` };
}

function guessWorkspace(workspace: SeenWorkspace, { subscriptions }: Seen): Guess | null {
  const subscription = subscriptions.find(({ id }) => id === workspace.subscription);
  return (
    byTags(workspace.tags, workspace.name) ??
    byName(workspace.name, "the workspace") ??
    byName(workspace.resourceGroup, "its resource group") ??
    byTags(subscription?.tags ?? {}, "its subscription") ??
    byName(subscription?.name ?? "", "its subscription")
  );
}

function guessServer(server: SeenServer, placed: ReadonlyMap<SeenWorkspace, Guess>): Guess | null {
  const named = byName(server.name, "the server") ?? byName(new URL(server.api).hostname, "its host");
  if (named !== null) return named;
  const met = [...placed].filter(([workspace]) => workspace.hosts.some((host) => server.hosts.includes(host)));
  const environments = new Set(met.map(([, { environment }]) => environment));
  const [[workspace, guess] = []] = met;
  if (environments.size !== 1 || workspace === undefined || guess === undefined) return null;
  return { environment: guess.environment, because: `its blocks name ${workspace.name} and no workspace of another` };
}

/** What people have to look at before they rely on a value. */
const confirm = "# confirm:";

/**
 * A `leastwise.yaml` made from what the credentials show. Each guess carries its reason in a comment for a person to
 * confirm; what could not be placed stands in comments too.
 */
export function proposeConfiguration(seen: Seen): string {
  const placed = new Map<SeenWorkspace, Guess>();
  for (const each of seen.workspaces) {
    const guess = guessWorkspace(each, seen);
    if (guess !== null) placed.set(each, guess);
  }
  const lines = [
    "# Written by `leastwise init` from what these credentials can see. Lines marked `confirm` are guesses, each with its",
    "# reason: correct them, then delete the mark. docs/configuration.md explains every part.",
    ...seen.unread.map((each) => `# Not seen: ${each}`),
    ...section("azure", seen.cloud === null ? null : seen.cloud === "AzurePublic" ? {} : { cloud: seen.cloud }),
    ...serverLines(seen.servers),
    ...environmentLines(seen, placed),
    "# What serves several environments on purpose is declared, with the reason, or it is a finding:",
    "# shared:",
    "#   - { identity: <client id>, reason: Terraform deployer }",
    ...sourceLines(seen.files),
    ...floorLines(seen.counts),
  ];
  return `${lines.join("\n")}\n`;
}

function section(name: string, value: unknown): string[] {
  return value === null
    ? [`# ${name}: not read`]
    : stringify({ [name]: value })
        .trimEnd()
        .split("\n");
}

function serverLines(servers: readonly SeenServer[]): string[] {
  if (servers.length === 0) {
    return [
      "# No Prefect server was found. Name yours, or set PREFECT_API_URL and run leastwise init again:",
      "# prefect:",
      "#   - { name: prod, api: https://prefect.example.com/api, auth: PREFECT_AUTH }",
    ];
  }
  return [
    "prefect:",
    ...servers.flatMap(({ name, api, auth, from }) => [
      `  - name: ${scalar(name)} # from ${comment(from)}`,
      `    api: ${scalar(api)}`,
      ...(auth === null ? [] : [`    auth: ${auth} # the name of an environment variable, never the value`]),
    ]),
  ];
}

function environmentLines(seen: Seen, placed: ReadonlyMap<SeenWorkspace, Guess>): string[] {
  const servers = seen.servers.map((server) => ({ server, guess: guessServer(server, placed) }));
  const guesses = [...placed.values(), ...servers.flatMap(({ guess }) => guess ?? [])];
  const names = [...new Set(guesses.map(({ environment }) => environment))].sort();
  const unplaced = seen.workspaces.filter((each) => !placed.has(each));
  const lines = names.flatMap((name) => {
    const scopes = scopesOf(name, seen, placed);
    const own = servers.filter(({ guess }) => guess?.environment === name);
    return [
      `  ${name}:`,
      ...(scopes.length === 0 ? [] : ["    scopes:"]),
      ...scopes.map(({ scope, because }) => `      - ${scope} ${confirm} ${comment(because)}`),
      ...(own.length === 0 ? [] : ["    prefect:"]),
      ...own.map(({ server, guess }) => `      - ${scalar(server.name)} ${confirm} ${comment(guess?.because ?? "")}`),
    ];
  });
  return [
    ...(lines.length === 0
      ? [
          "# No environment could be guessed from names and tags:",
          "# environments:",
          "#   prod: { scopes: [/subscriptions/<id>/resourceGroups/<group>], prefect: [<server>] }",
        ]
      : ["environments:", ...lines]),
    ...unplaced.map(
      ({ name, id }) => `# ${confirm.slice(2)} to which environment does the workspace ${comment(name)} belong? ${id}`,
    ),
    ...servers
      .filter(({ guess }) => guess === null)
      .map(
        ({ server }) =>
          `# ${confirm.slice(2)} which environment, or which parts of several, does the Prefect server ${comment(server.name)} serve?`,
      ),
  ];
}

/** The subscription where all its workspaces are of the one environment, else the workspaces' resource groups. */
function scopesOf(
  environment: string,
  seen: Seen,
  placed: ReadonlyMap<SeenWorkspace, Guess>,
): { scope: string; because: string }[] {
  const scopes = new Map<string, string>();
  for (const [workspace, guess] of placed) {
    if (guess.environment !== environment) continue;
    const others = seen.workspaces.filter(({ subscription }) => subscription === workspace.subscription);
    const alone = others.every((each) => placed.get(each)?.environment === environment);
    const name = seen.subscriptions.find(({ id }) => id === workspace.subscription)?.name ?? "";
    const whole = alone && environmentIn(name) === environment;
    const scope = whole
      ? workspace.subscription
      : `${workspace.subscription}/resourceGroups/${workspace.resourceGroup}`;
    if (!scopes.has(scope)) scopes.set(scope, `${workspace.name} stands there, and ${guess.because}`);
  }
  return [...scopes].map(([scope, because]) => ({ scope, because }));
}

function sourceLines(files: ReadonlyMap<string, number>): string[] {
  const found = sourcePatterns.filter((pattern) => (files.get(pattern) ?? 0) > 0);
  if (found.length === 0) {
    return [
      "# No flows and no deployment files were found beside this file. Where they are in this repository, name them:",
      `# source: { include: [prefect.yaml, "flows/**/*.py", "infra/**"] }`,
    ];
  }
  return [
    "# Files of the repository in which credentials are looked for:",
    "source:",
    "  include:",
    ...found.map((pattern) => {
      const count = files.get(pattern) ?? 0;
      return `    - ${scalar(pattern)} ${confirm} ${count} ${count === 1 ? "file" : "files"} today; what else may hold a credential?`;
    }),
  ];
}

function floorLines(counts: Readonly<Record<string, number>>): string[] {
  const floors = Object.entries(counts).filter(([, count]) => count > 0);
  if (floors.length === 0) return [];
  return [
    "# Floors: services leave out what a reader may not see without saying so, and fewer than these make a scan incomplete.",
    "expect:",
    ...floors.map(([kind, count]) => `  ${kind}: ${count} ${confirm} is that all there is?`),
  ];
}

/** A text as YAML holds it in one line; JSON is YAML too. */
function scalar(text: string): string {
  const plain = stringify(text, { lineWidth: 0 }).trimEnd();
  return plain.includes("\n") ? JSON.stringify(text) : plain;
}

/** A text that stays inside a comment. */
function comment(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}
