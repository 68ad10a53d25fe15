import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { stringify } from "yaml";
import { collect } from "../collect/collect.ts";
import { countFiles } from "../collect/source/files.ts";
import { type Configuration, configurationName, defaultMaxBytes, parseConfiguration } from "../config/config.ts";
import { prefectProfiles } from "../config/prefectProfiles.ts";
import { proposeConfiguration, type Seen, sourcePatterns } from "../config/propose.ts";
import { startEstate } from "../estate/server.ts";
import type { PrefectBlock, Read, SynapseWorkspace } from "../resources/generated.ts";
import type { Row } from "../resources/kinds.ts";
import { pathGlob } from "../resources/paths.ts";
import type { SnapshotContent } from "../snapshot/write.ts";
import { UsageError } from "./errors.ts";
import { ExitStatus, endSoon } from "./exit.ts";
import { writeWhole } from "./output.ts";
import { collectProgress } from "./progress.ts";

/** The options of `leastwise init`. */
export interface InitOptions {
  out: string;
  cloud: string;
  force?: boolean;
  demo?: boolean;
  quiet?: boolean;
  requestTimeout: number;
  maxWait: number;
}

/** What a proposal is made of, and nothing else. */
const only: ReadonlySet<string> = new Set([
  "azure.subscription",
  "synapse.workspace",
  "prefect.block",
  "prefect.deployment",
  "prefect.workPool",
]);

/** What is looked at: the cloud and the servers that were found, with what is told of them. */
interface Place {
  configuration: Configuration;
  cloud: Seen["cloud"];
  servers: readonly { name: string; auth: string | null; from: string }[];
  environment: NodeJS.ProcessEnv;
  unread: readonly string[];
}

/**
 * `leastwise init`: looks at what the credentials can see, and writes a `leastwise.yaml` whose guesses a person confirms.
 */
export async function init(options: InitOptions): Promise<void> {
  if (existsSync(options.out) && options.force !== true) {
    throw new UsageError(`${options.out} is there already: name another with --out, or write over it with --force`);
  }
  const estate = options.demo === true ? await startEstate() : null;
  try {
    await propose(estate === null ? placeOf(options) : demoPlace(estate.configuration), options);
  } finally {
    await estate?.close();
  }
  if (estate === null) endSoon();
}

function placeOf({ cloud }: InitOptions): Place {
  const { profiles, refused } = prefectProfiles(process.env);
  const servers = profiles.map(({ name, credential, variable, from }) => ({
    name,
    auth: credential === null ? null : variable,
    from,
  }));
  const text = stringify({
    azure: { cloud },
    prefect: profiles.map(({ name, api, credential, variable }) => ({
      name,
      api,
      ...(credential !== null && { auth: variable }),
    })),
  });
  const held = Object.fromEntries(profiles.map(({ variable, credential }) => [variable, credential ?? undefined]));
  return {
    configuration: parseConfiguration(text, configurationName, process.cwd()),
    cloud,
    servers,
    environment: { ...process.env, ...held },
    unread: refused,
  };
}

/** The sample estate, as if nobody had said yet which environment is where. */
function demoPlace(text: string): Place {
  const configuration = parseConfiguration(text, configurationName, process.cwd());
  const servers = configuration.prefect.map(({ name }) => ({ name, auth: null, from: "the sample estate" }));
  const cloud = configuration.written.azure?.cloud;
  return {
    configuration,
    cloud: typeof cloud === "object" ? { ...cloud } : "AzurePublic",
    servers,
    environment: process.env,
    unread: [],
  };
}

async function propose(place: Place, options: InitOptions): Promise<void> {
  const progress = collectProgress(options.quiet === true);
  let content: SnapshotContent;
  try {
    content = await collect(place.configuration, {
      collectedAt: new Date(),
      environment: place.environment,
      limits: { request: options.requestTimeout * 1000, wait: options.maxWait * 1000 },
      progress,
      waivers: null,
      only,
    });
  } finally {
    progress.stop();
  }
  const seen = seenIn(content, place, await filesBeside(options.out));
  if (seen.subscriptions.length === 0 && seen.servers.length === 0) {
    process.stderr.write(
      `These credentials show no subscription and no Prefect server, so nothing was written.\n${seen.unread
        .map((each) => `  ${each}\n`)
        .join("")}Sign in (az login) or set AZURE_CLIENT_ID and its companions; for Prefect set PREFECT_API_URL.\n`,
    );
    process.exitCode = ExitStatus.unknown;
    return;
  }
  const text = proposeConfiguration(seen);
  // What was written by a guess has to load, or a person would begin with an error that is not theirs.
  parseConfiguration(text, options.out, process.cwd());
  writeWhole(options.out, text);
  const marks = text.split("\n").filter((line) => line.includes("# confirm:")).length;
  process.stdout.write(
    `${options.out}: ${seen.subscriptions.length} subscriptions, ${seen.workspaces.length} Synapse workspaces, ` +
      `${seen.servers.length} Prefect servers; ${marks} guesses to confirm.\n` +
      (options.demo === true
        ? "The sample estate was served only for this look at it; to go on with one that stays: leastwise demo > FILE\n"
        : `Look at the lines marked confirm, then: leastwise doctor --config ${options.out}\n` +
          "Name in .github/CODEOWNERS who reviews what takes findings away (docs/waivers.md):\n" +
          "  /leastwise.yaml /waivers.yaml /policies/ /.github/CODEOWNERS, a line each, as in: /waivers.yaml @your-org/security\n"),
  );
  process.exitCode = seen.unread.length === 0 ? ExitStatus.clean : ExitStatus.unknown;
}

/** Of a folder with more in it than that, not all is looked at. */
const mostEntries = 50_000;

/** How many files that are worth looking into stand beside the configuration and below it. */
function filesBeside(configuration: string): Promise<Map<string, number>> {
  const root = dirname(resolve(configuration));
  const include = sourcePatterns.flatMap((pattern) => pathGlob(pattern, "") ?? []);
  return countFiles({ root, include, exclude: [], maxBytes: defaultMaxBytes, gitignore: true }, mostEntries);
}

function seenIn({ rows, reads }: SnapshotContent, place: Place, files: Seen["files"]): Seen {
  const of = (kind: string): readonly Row[] => rows.get(kind) ?? [];
  const open = reads.filter(({ outcome }) => outcome !== "complete" && outcome !== "notLicensed");
  const azureFailed = open.some(({ kind, items }) => kind === "azure.subscription" && items === 0);
  return {
    cloud: place.cloud,
    subscriptions: of("azure.subscription").map((each) => ({
      id: each.id,
      name: String(each.displayName ?? ""),
      tags: (each.tags ?? {}) as Record<string, string>,
    })),
    workspaces: (of("synapse.workspace") as readonly (SynapseWorkspace & Row)[]).map((each) => ({
      id: each.id,
      name: each.name ?? "",
      subscription: `/subscriptions/${each.subscriptionId}`,
      resourceGroup: each.resourceGroup ?? "",
      tags: each.tags ?? {},
      hosts: [each.sqlEndpoint, each.sqlOnDemandEndpoint, each.devEndpoint].filter((host) => typeof host === "string"),
    })),
    servers: place.configuration.prefect.map(({ name, api }) => ({
      name,
      api,
      auth: place.servers.find((each) => each.name === name)?.auth ?? null,
      from: place.servers.find((each) => each.name === name)?.from ?? "",
      hosts: (of("prefect.block") as readonly (PrefectBlock & Row)[])
        .filter((block) => block.api === name)
        .flatMap(({ hosts }) => hosts ?? []),
    })),
    counts: Object.fromEntries([...only].map((kind) => [kind, of(kind).length])),
    files,
    unread: [...place.unread, ...(azureFailed ? ["Azure: no subscription"] : []), ...open.map(told)],
  };
}

function told({ id, cause, permission }: Read): string {
  return `${id}: ${cause}${permission === null ? "" : `; it needs ${permission}`}`;
}
