import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { EstateData } from "../../src/estate/data.ts";
import { contents } from "../prefect/leaks.ts";
import { generator, kinds } from "../secrets/generate.ts";
import { asOf, clock, folder, leastwise, type Run, readJson, reportIn, served, write } from "./run.ts";

const make = generator(20_261_120);

/** Kinds whose form alone tells what they are; the others are told by what they stand in. */
const byForm = Object.keys(kinds).filter(
  (kind) => !["password", "legacyStorageKey", "slackPath", "sasSignature", "token", "hex"].includes(kind),
);
/** Texts that tell that a value is a credential. */
const around: ((value: string) => string)[] = [
  (value) => `Server=tcp:a.sql.azuresynapse.net;User ID=etl;Password=${value};Encrypt=yes`,
  (value) => `postgresql://etl:${encodeURIComponent(value)}@db.example.com/lake`,
  (value) => `password=${value}`,
  (value) => JSON.stringify({ client_secret: value }),
  (value) => `DefaultEndpointsProtocol=https;AccountName=lake;AccountKey=${value};EndpointSuffix=core.windows.net`,
  (value) => `Authorization: Basic ${Buffer.from(`etl:${value}`).toString("base64")}`,
];

interface Planted {
  place: string;
  kind: string;
  value: string;
}
const planted: Planted[] = [];

/** A new credential of that kind, which is known to stand at a place. */
function value(place: string, kind: string): string {
  const made = kinds[kind]?.(make) ?? "";
  planted.push({ place, kind, value: made });
  return made;
}

const turn = new Map<string, number>();
function next<Item>(place: string, items: readonly Item[]): Item {
  const at = turn.get(place) ?? 0;
  turn.set(place, at + 1);
  return items[at % items.length] as Item;
}

/** A credential that tells by its form: each time of another kind. */
function bare(place: string): string {
  return value(place, next(`form ${place}`, byForm));
}

/** A sentence that holds a credential: each time of another kind, and in another way. */
function text(place: string): string {
  const kind = next(`text ${place}`, Object.keys(kinds));
  if (byForm.includes(kind) && (turn.get(`text ${place}`) ?? 0) % 2 === 0) return `use ${value(place, kind)} for now`;
  return next(`around ${place}`, around)(value(place, kind));
}

/** A name that is a credential, or ends in one. */
function name(place: string, plain: unknown): string {
  const made = bare(place);
  return (turn.get(`form ${place}`) ?? 0) % 2 === 0 ? made : `${String(plain)} ${made}`;
}

/** A credential under a name that tells it. */
function named(place: string): Record<string, unknown> {
  const kind = next(`named ${place}`, Object.keys(kinds));
  const name = next(`name ${place}`, ["password", "client_secret", "api_key", "SQL_PASSWORD", "account_key"]);
  return { [name]: value(place, kind) };
}

type Json = Record<string, unknown>;
const some = <Item>(items: readonly Item[]): readonly Item[] => items.slice(0, 32);

/** Everything that may stand inside a value of Prefect. */
function values(place: string): Json {
  return {
    ...named(place),
    nested: { list: [{ deeper: named(`${place}, nested`) }, text(`${place}, in a list`)] },
    [bare(`${place}, as a key`)]: "x",
    note: text(`${place}, as text`),
    lines: `first\n${text(`${place}, in lines`)}\nlast`,
    json: JSON.stringify({ inner: named(`${place}, as JSON`) }),
    encoded: Buffer.from(text(`${place}, in base64`)).toString("base64"),
    command: `curl -u etl:${value(`${place}, in a command`, "password")} https://api.example.com`,
    form: bare(`${place}, by its form`),
  };
}

function plantPrefect({ prefect }: EstateData): void {
  for (const server of Object.values(prefect)) {
    for (const each of server.blockDocuments as Json[]) {
      each.data = { ...(each.data as Json), extra: values("block data") };
      each.name = name("block name", each.name);
      each.block_type_name = text("block type name");
    }
    server.blockTypes.forEach((each) => {
      Object.assign(each, { description: text("block type description"), code_example: text("block type example") });
    });
    for (const each of server.flows as Json[]) {
      each.tags = [bare("flow tag")];
      each.labels = { note: text("flow label") };
      each.name = name("flow name", each.name);
    }
    for (const each of server.workPools as Json[]) {
      const template = each.base_job_template as { job_configuration: Json; variables: { properties: Json } };
      template.job_configuration.env = values("job configuration");
      template.variables.properties.planted = { default: values("work pool default") };
      template.variables.properties.db_password = { default: value("work pool default by name", "password") };
      template.variables.properties[bare("work pool variable name")] = { default: "x" };
      each.description = text("work pool description");
      each.type = text("work pool type");
    }
    for (const each of server.deployments as Json[]) {
      each.parameters = { ...values("parameters"), planted_password: value("parameter by name", "token") };
      each.job_variables = { env: values("job variables") };
      each.pull_steps = [
        { "prefect.deployments.steps.run_shell_script": { script: text("pull step"), env: values("pull step env") } },
        {
          "prefect.deployments.steps.git_clone": { repository: `https://x:${bare("pull step URL")}@git.example.com/a` },
        },
      ];
      each.parameter_openapi_schema = { properties: { api_token: { default: bare("parameter default") } } };
      each.schedules = [{ parameters: values("schedule parameters") }];
      each.tags = [bare("deployment tag"), text("deployment tag")];
      each.version = text("deployment version");
      each.description = text("deployment description");
      each.entrypoint = text("deployment entrypoint");
      each.work_queue_name = text("work queue name");
      each.created_by = { display_value: text("deployment's maker") };
      each.name = name("deployment name", each.name);
    }
    server.variables.forEach((each: Json, index) => {
      each.value = index % 2 === 0 ? text("variable value") : values("variable object");
      each.tags = [bare("variable tag")];
      each.name = name("variable name", each.name);
    });
    for (const each of server.workQueues as Json[]) {
      each.description = text("work queue description");
      each.name = name("work queue's own name", each.name);
    }
    for (const each of server.automations as Json[]) {
      each.description = text("automation description");
      each.tags = [bare("automation tag")];
      each.name = name("automation name", each.name);
      each.actions = [
        { type: "run-deployment", parameters: values("action parameters"), job_variables: values("action") },
      ];
      each.actions_on_resolve = [{ type: "call-webhook", payload: text("action payload") }];
      each.trigger = { type: "event", match: { "prefect.resource.id": text("trigger") }, expect: [], after: [] };
    }
    for (const each of server.flowRuns.slice(0, 8) as Json[]) {
      each.parameters = values("run parameters");
      each.job_variables = { env: values("run job variables") };
      each.context = values("run context");
      each.tags = [bare("run tag")];
      each.name = name("run name", each.name);
      each.infrastructure_pid = text("run infrastructure");
      each.created_by = { display_value: text("run's maker"), type: "USER" };
      each.deployment_version = text("run version");
      each.state = { name: text("run state"), message: text("run message") };
      each.state_name = text("run state name");
    }
    for (const each of server.events.slice(-8) as Json[]) {
      each.payload = values("event payload");
      each.resource = {
        "prefect.resource.id": text("asset key"),
        "prefect.asset.description": text("asset description"),
      };
      each.related = [
        { "prefect.resource.id": text("upstream asset"), "prefect.resource.role": "asset" },
        { "prefect.resource.id": text("materialized by"), "prefect.resource.role": "asset-materialized-by" },
        { "prefect.resource.id": `prefect.flow-run.${bare("event's run")}`, "prefect.resource.role": "flow-run" },
      ];
    }
    const password = { id: "11111111-2222-4333-8444-0123456789ab", name: "planted_password" };
    server.variables.push({ ...password, value: value("variable by name", "password"), tags: [] });
  }
}

function plantAzure({ arm, graph, synapse }: EstateData): void {
  for (const each of some(arm.subscriptions as unknown as Json[])) {
    each.displayName = text("subscription name");
    each.tags = {
      owner: text("subscription tag"),
      [bare("subscription tag name")]: "x",
      ...named("subscription tag by name"),
    };
  }
  for (const each of arm.managementGroups)
    Object.assign(each.properties, { displayName: text("management group name") });
  for (const each of some(arm.roleAssignments)) {
    each.properties.description = text("assignment description");
    each.properties.condition = `@Resource[a:b] StringEquals '${bare("assignment condition")}'`;
    each.properties.conditionVersion = "2.0";
  }
  const custom = arm.roleDefinitions.filter((each) => each.properties.type === "CustomRole");
  for (const each of [...custom, ...some(arm.roleDefinitions)]) {
    each.properties.description = text("role description");
    each.properties.roleName = `${each.properties.roleName} ${bare("role name")}`;
    for (const permission of each.properties.permissions as unknown as Json[])
      permission.condition = `@Request[a:b] StringEquals '${bare("permission condition")}'`;
  }
  for (const each of arm.synapseWorkspaces as Json[]) {
    each.tags = { note: text("workspace tag"), [bare("workspace tag name")]: "x", ...named("workspace tag by name") };
    Object.assign(each.properties as Json, {
      sqlAdministratorLogin: text("SQL administrator"),
      sqlAdministratorLoginPassword: value("SQL administrator's password", "password"),
      purviewConfiguration: { purviewResourceId: text("purview") },
    });
  }
  for (const each of arm.synapseFirewallRules) each.name = bare("firewall rule name");
  for (const each of synapse.roleDefinitions as Json[]) each.description = text("Synapse role description");
  for (const each of graph.users) Object.assign(each, { displayName: text("user name"), userType: "Member" });
  for (const each of graph.groups)
    Object.assign(each, { displayName: text("group name"), description: text("group description") });
  for (const each of [...graph.applications, ...graph.servicePrincipals] as Json[]) {
    each.displayName = text("application name");
    each.notes = text("application notes");
    each.description = text("application description");
    each.tags = [bare("application tag")];
    if (Array.isArray(each.alternativeNames)) each.alternativeNames.push(text("alternative name"));
    for (const credential of [
      ...((each.passwordCredentials ?? []) as Json[]),
      ...((each.keyCredentials ?? []) as Json[]),
    ]) {
      credential.displayName = text("credential name");
      credential.hint = bare("credential hint");
      credential.secretText = bare("credential text");
    }
  }
}

function plantArtifacts({ arm, synapse }: EstateData): void {
  for (const each of arm.synapseWorkspaces as Json[])
    Object.assign(each.properties as Json, {
      workspaceRepositoryConfiguration: {
        type: "WorkspaceGitHubConfiguration",
        accountName: text("repository account"),
        repositoryName: bare("repository name"),
        collaborationBranch: bare("repository branch"),
      },
    });
  for (const { properties } of arm.synapseAdministrators) properties.login = text("Entra administrator");
  for (const { properties } of arm.synapseExtendedAuditingSettings)
    properties.predicateExpression = text("audit predicate");
  for (const { properties } of arm.synapseBigDataPools) {
    properties.sparkConfigProperties = {
      content: `spark.note ${text("Spark configuration")}\n# ${text("Spark configuration, as a comment")}\nspark.password ${value("Spark configuration by name", "password")}`,
    };
    properties.libraryRequirements = { content: `--index-url https://x:${bare("required packages")}@pip.example.com` };
    properties.customLibraries = [{ name: bare("package name") }];
  }
  for (const each of arm.diagnosticSettings as Json[]) {
    each.name = bare("diagnostic setting name");
    Object.assign(each.properties as Json, { eventHubName: text("event hub name") });
  }
  // One workspace is enough: the others are read by the same reader.
  for (const { linkedServices, credentials, pipelines } of Object.values(synapse.artifacts).slice(0, 1)) {
    for (const each of [...linkedServices, ...credentials] as Json[]) {
      const { typeProperties, ...rest } = each.properties as Json;
      each.name = name("artifact name", each.name);
      each.properties = {
        ...rest,
        description: text("artifact description"),
        annotations: [bare("artifact annotation")],
        parameters: { db_password: { type: "String", defaultValue: value("artifact parameter by name", "password") } },
        typeProperties: {
          ...(typeProperties as Json),
          extra: values("artifact settings"),
          userName: text("artifact login"),
          secure: { type: "SecureString", value: value("artifact secure string", "password") },
          encryptedCredential: Buffer.from(value("encrypted credential", "password")).toString("base64"),
        },
      };
    }
    for (const each of pipelines as Json[]) {
      each.name = name("pipeline name", each.name);
      each.properties = {
        ...(each.properties as Json),
        folder: { name: bare("pipeline folder") },
        description: text("pipeline description"),
        variables: { apiSecret: { type: "String", defaultValue: value("pipeline variable by name", "password") } },
        activities: [
          {
            name: bare("activity name"),
            type: "WebActivity",
            typeProperties: {
              ...values("activity"),
              authentication: { type: "Basic", username: "etl", password: value("activity's password", "password") },
            },
          },
        ],
      };
    }
  }
}

/** Files as people write them, with one of their lines or values a credential, and each broken off in the middle too. */
function plantFiles(root: string): void {
  const forms: Record<string, (place: string) => string> = {
    "flow.py": (place) => {
      const [[key = "", held] = []] = Object.entries(named(place));
      return `import os\n\n${key} = ${JSON.stringify(held)}\nnote = ${JSON.stringify(text(place))}\nrun(**{${JSON.stringify(bare(`${place}, as a key`))}: 1})\n`;
    },
    "data.json": (place) => JSON.stringify(values(place), null, 2),
    "notebook.ipynb": (place) =>
      JSON.stringify({
        cells: [{ cell_type: "code", source: [`${text(place)}\n`], outputs: [{ text: [text(`${place}, output`)] }] }],
        nbformat: 4,
      }),
    "prefect.yaml": (place) => stringify({ deployments: [values(place)] }),
    "two.yaml": (place) => `${stringify(named(place))}---\n${stringify(values(`${place}, second`))}`,
    "pyproject.toml": (place) => `[tool]\n"${bare(`${place}, as a key`)}" = 1\nnote = ${JSON.stringify(text(place))}\n`,
    ".env": (place) =>
      Object.entries(named(place))
        .map(([key, held]) => `export ${key}=${JSON.stringify(held)}\n`)
        .join(""),
    "main.bicep": (place) =>
      `@secure()\nparam adminPassword string = '${value(place, "password")}'\n// ${text(place)}\n`,
    "main.tf": (place) =>
      `variable "db_password" {\n  default = ${JSON.stringify(value(place, "password"))}\n}\n# ${text(place)}\n`,
    "load.sql": (place) => `CREATE LOGIN etl WITH PASSWORD = '${value(place, "password")}';\n-- ${text(place)}\n`,
    "run.sh": (place) => `curl -u etl:${value(place, "password")} https://api.example.com\n# ${text(place)}\n`,
    "notes.txt": (place) => `${text(place)}\n${bare(place)}\n`,
    "image.bin": (place) => `\0\u0001${text(place)}\0`,
  };
  for (let round = 0; round < 8; round++) {
    for (const [name, form] of Object.entries(forms)) {
      write(join(root, `${round}`, name), form(`file ${name}`));
      const broken = form(`broken ${name}`);
      write(join(root, `${round}/broken`, name), `${broken.slice(0, -2)}"'{[(`);
      write(join(root, `${round}/latin`, name), Buffer.from(`\xe9\n${form(`${name} in Latin-1`)}`, "latin1"));
    }
  }
  for (const kind of byForm) {
    for (const around of [(made: string) => made, (made: string) => `${made}.py`, (made: string) => `dump ${made}`]) {
      const name = around(value("file name", kind));
      const parts = [[name], [`folder-${turn.size}`, name, "a.py"]];
      // Not every value can be a name.
      if (!/[/\0]/.test(name) && Buffer.byteLength(name) < 250)
        for (const each of parts) write(join(root, "names", `${each.length}`, ...each), text("file of that name"));
    }
  }
}

/** All texts in which a value could be read, in lower case. */
function writings(kind: string, whole: string): string[] {
  // What all values of a kind begin with is no secret.
  const secret =
    kind === "privateKey"
      ? (whole.split("\n")[2] ?? whole)
      : kind === "jsonWebToken"
        ? (whole.split(".")[2] ?? whole)
        : kind === "slackPath"
          ? (whole.split("/")[2] ?? whole)
          : whole;
  const plain = [secret, decodeURIComponent(secret)];
  const shifted = (encoding: "base64" | "base64url"): string[] =>
    [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
        .toString(encoding)
        .replace(/=+$/, "")
        .slice(4, -2),
    );
  const all = [
    ...plain,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString("hex"),
    ...shifted("base64"),
    ...shifted("base64url"),
    // A piece of it would be a leak too.
    ...(secret.match(/[A-Za-z0-9]{12}/g) ?? []).slice(0, 3),
  ];
  return [...new Set(all.filter((each) => each.length >= 6).map((each) => each.toLowerCase()))];
}

/** Whether six letters in a row stand in a text at all; said at once, where a search would go through the whole of it. */
function sixesOf(whole: string): (text: string) => boolean {
  const seen = new Uint8Array(1 << 26);
  const slot = (text: string, at: number): number => {
    let hash = 0;
    for (let i = at; i < at + 6; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
    return hash & (seen.length - 1);
  };
  for (let at = 0; at + 6 <= whole.length; at++) seen[slot(whole, at)] = 1;
  return (text) => seen[slot(text, 0)] === 1 && seen[slot(text, text.length - 6)] === 1;
}

/** Which of the values stand in any of the places. */
function leaked(values: readonly Planted[], places: ReadonlyMap<string, string | Buffer>): string[] {
  const texts = [...places].map(([name, content]): [string, string] => [
    name,
    Buffer.from(content).toString("latin1").toLowerCase(),
  ]);
  const everything = texts.map(([name, content]) => `${name.toLowerCase()}\n${content}`).join("\n");
  const mayStand = sixesOf(everything);
  return values.flatMap(({ place, kind, value }) => {
    const found = writings(kind, value).find((each) => mayStand(each) && everything.includes(each));
    if (found === undefined) return [];
    const where = texts.filter(([, content]) => content.includes(found)).map(([name]) => name);
    return [`${kind} planted as ${place} stands in ${where.join(", ")}`];
  });
}

const at = folder();
const temporary = folder();
const login = `etl:${value("the login to Prefect", "password")}`;
const fingerprintKey = value("the key for fingerprints", "token");
const places = new Map<string, string | Buffer>();
/** The files that credentials were planted in. */
let files: ReadonlySet<string> = new Set();
const env = { TMPDIR: temporary, PREFECT_AUTH: login, LEASTWISE_FINGERPRINT_KEY: fingerprintKey };

function keep(name: string, run: Run): Run {
  places.set(`stdout of ${name}`, run.stdout);
  places.set(`stderr of ${name}`, run.stderr);
  return run;
}

function keepFiles(): void {
  for (const [name, folder] of [
    ["", at],
    ["TMPDIR/", temporary],
  ] as const)
    for (const [file, content] of contents(folder)) {
      // What was planted stands there, and leastwise writes nothing there.
      if (name === "" && file.startsWith("source/")) expect(files).toContain(file);
      else places.set(`${name}${file}`, content);
    }
}

async function run(args: string[], more: Record<string, string> = {}): Promise<Run> {
  return keep(args.join(" "), await leastwise(args, { cwd: at, env: { ...env, ...more } }));
}

beforeAll(async () => {
  const estate = await served({
    prefectAuth: login,
    edit: (data) => {
      plantPrefect(data);
      plantAzure(data);
      plantArtifacts(data);
    },
  });
  const configuration = estate.configuration.replace(/^( {4}api: .*)$/gm, "$1\n    auth: PREFECT_AUTH");
  expect(configuration).toContain("auth: PREFECT_AUTH");
  write(join(at, "leastwise.yaml"), configuration);
  expect(configuration).toContain("include: [source/]");
  plantFiles(join(at, "source"));
  files = new Set([...contents(at).keys()].filter((file) => file.startsWith("source/")));
  const scan = await run(["scan", "--verbose", "--format", "json,sarif,results"], clock(asOf));
  expect(scan.status).not.toBe(4);
});

test("scan finds the credentials in Prefect, and shows none of those that stand anywhere in the estate", () => {
  const report = reportIn(join(at, "leastwise-out"));
  for (const policy of ["block", "variable", "deployment", "work-pool", "file"]) {
    expect(report.findings.filter((each) => each.policy === `secrets/hardcoded-in-${policy}`).length).toBeGreaterThan(
      5,
    );
  }
  expect(report.kinds["azure.roleAssignment"]).toBeGreaterThan(100);
  expect(report.kinds["source.file"]).toBe(files.size);
  expect(planted.length).toBeGreaterThan(1_000);
  expect(new Set(planted.map((each) => each.kind))).toEqual(new Set(Object.keys(kinds)));
  keepFiles();
  expect([...places.keys()].filter((name) => name.endsWith(".gz"))).toHaveLength(1);
  expect(leaked(planted, places)).toEqual([]);
});

test("nor do collect, evaluate, query, explain and config", async () => {
  const snapshot = join("leastwise-out", "snapshot");
  const report = reportIn(join(at, "leastwise-out"));
  const one = new Map(report.findings.map((each) => [each.policy, each.id]));
  const commands = [
    ["collect", "--verbose", "--out", "collected"],
    ["evaluate", snapshot, "--verbose", "--out", "again", "--format", "json,sarif,results"],
    ["evaluate", snapshot, "--out", "-", "--format", "sarif"],
    ["config"],
    ...[...one.values()].slice(0, 8).map((id) => ["explain", id]),
    ...["prefect.block", "prefect.deployment", "azure.principal"].flatMap((kind) =>
      ["table", "csv", "json"].map((format) => ["query", kind, "--format", format]),
    ),
    ["query", "prefect.block", "size(r.secrets) > 0", "--select", "id,name"],
    ["query", "source.file", "--format", "json"],
    ["doctor"],
    ["init", "--out", "proposed.yaml", "--demo"],
  ];
  places.clear();
  const runs = await Promise.all(commands.map((args) => run(args, args[0] === "collect" ? clock(asOf) : {})));
  for (const [index, { status, stderr }] of runs.entries()) {
    expect({ command: commands[index], status, stderr }).not.toMatchObject({ status: 2 });
    expect({ command: commands[index], status, stderr }).not.toMatchObject({ status: 4 });
  }
  keepFiles();
  expect(leaked(planted, places)).toEqual([]);
});

let unkind: Server;
afterAll(() => unkind?.close());

test("nor does a refusal, a redirect, a page or a broken answer that holds one, or a wrong login", async () => {
  const own: Planted[] = [];
  const secret = (place: string): string => {
    const made = bare(place);
    own.push({ place, kind: planted.at(-1)?.kind ?? "", value: made });
    return made;
  };
  unkind = createServer((request, response) => {
    const [, way = ""] = (request.url ?? "").split("/");
    const json = { "content-type": "application/json" };
    const message = `no access, password=${secret(`${way}: message`)}`;
    switch (way) {
      case "forbidden":
        response.writeHead(403, {
          ...json,
          "www-authenticate": `Basic realm="${encodeURIComponent(secret("challenge"))}"`,
        });
        return response.end(JSON.stringify({ error: { code: "AuthorizationFailed", message }, detail: message }));
      case "unauthorized":
        response.writeHead(401, json);
        return response.end(JSON.stringify({ detail: `wrong: ${request.headers.authorization ?? ""} ${message}` }));
      case "broken":
        response.writeHead(200, json);
        return response.end(`{"value": [{"id": "a", "name": "${secret("broken JSON")}"`);
      case "html":
        response.writeHead(200, { "content-type": "text/html" });
        return response.end(`<p>${secret("page")}</p>`);
      case "shape":
        response.writeHead(200, json);
        return response.end(JSON.stringify({ [secret("name of a field")]: secret("field"), value: secret("value") }));
      case "rows":
        response.writeHead(200, json);
        return response.end(
          JSON.stringify([{ id: 7, name: secret("malformed row") }, { name: secret("row without id") }]),
        );
      case "elsewhere":
        response.writeHead(307, {
          location: `https://etl:${encodeURIComponent(secret("redirect"))}@elsewhere.example/`,
        });
        return response.end();
      case "linked":
        response.writeHead(200, json);
        return response.end(
          JSON.stringify({
            value: [],
            nextLink: `https://elsewhere.example/?sig=${secret("link")}`,
            "@odata.nextLink": `https://elsewhere.example/?sig=${secret("link")}`,
          }),
        );
      default:
        response.writeHead(400, json);
        return response.end(JSON.stringify({ exception_message: message }));
    }
  });
  await new Promise<void>((resolve) => unkind.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(unkind.address() as AddressInfo).port}`;
  const ways = ["forbidden", "unauthorized", "broken", "html", "shape", "rows", "elsewhere", "other"];
  places.clear();
  await Promise.all(
    ["forbidden", "broken", "elsewhere", "linked"].map(async (way) => {
      const api = `${origin}/${way}`;
      const servers = ways.map((each) => `  - { name: ${each}, api: "${origin}/${each}/api", auth: PREFECT_AUTH }\n`);
      const config = write(
        join(at, `${way}.yaml`),
        `azure:\n  cloud: { resourceManager: "${api}", graph: "${api}", synapse: "${api}/{workspace}", keyVault: "${api}/{vault}" }\nprefect:\n${servers.join("")}`,
      );
      const { status } = await run(["scan", "--config", config, "--out", `out-${way}`, "--verbose", "--max-wait", "1"]);
      expect(status).toBe(3);
      const reads = readJson(at, `out-${way}`, "report.json") as { unread: unknown[] };
      expect(reads.unread.length).toBeGreaterThan(10);
    }),
  );
  keepFiles();
  expect(own.length).toBeGreaterThan(50);
  expect(leaked([...planted.slice(0, 2), ...own], places)).toEqual([]);
});

test("a password that stands inside a block's address is gone, and host and user are still there", () => {
  const rows =
    contents(join(at, "leastwise-out", "snapshot"))
      .get("prefect.block.ndjson")
      ?.toString() ?? "";
  expect(rows).toContain("Server=tcp:a.sql.azuresynapse.net;User ID=etl;Password=");
  expect(rows).toContain("postgresql://etl:");
  expect(rows).toContain("@db.example.com/lake");
});
