import { existsSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { digestOf } from "../resources/digest.ts";
import { type Document, firstOf, parseDocument, readDocument } from "../resources/document.ts";
import type { ConfigurationFile, PrefectServer, PrefectShare } from "../resources/generated.ts";
import { kinds } from "../resources/kinds.ts";
import { type PathGlob, pathGlob } from "../resources/paths.ts";
import { InputError, nearest, type Problem } from "../resources/problem.ts";
import { normaliseId } from "../resources/scope.ts";
import { validateDocument } from "../resources/validate.ts";
import { refuseCredentials } from "./credentials.ts";
import { clouds, type Endpoints, isLoopback } from "./endpoints.ts";

/** The usual name of the configuration. */
export const configurationName = "leastwise.yaml";

/** An environment: a name, and what belongs to it. */
export interface Environment {
  name: string;
  /** Azure scopes, normalised. */
  scopes: readonly string[];
  prefect: readonly PrefectShare[];
  /** Client ids, in lower case. */
  identities: readonly string[];
  /** Files of the repository. */
  source: readonly PathGlob[];
  /** The line of `leastwise.yaml` that names it. */
  line: number;
  column: number;
}

/** Which files of the repository are read. */
export interface SourceFiles {
  /** The root of the repository on this machine: paths are told from there, and nothing outside it is read. */
  root: string;
  include: readonly PathGlob[];
  exclude: readonly PathGlob[];
  /** The size up to which a file is looked into. */
  maxBytes: number;
  /** Whether what .gitignore leaves out is left out. */
  gitignore: boolean;
}

/** The size up to which a file is looked into where the configuration does not say. */
export const defaultMaxBytes = 5 * 1024 * 1024;

/** `leastwise.yaml` in force. */
export interface Configuration {
  /** The file as people know it, relative to the repository's root. */
  file: string;
  /** The folder that paths in it are relative to. */
  folder: string;
  text: string;
  digest: string;
  /** null: Azure is not configured and is not read. */
  azure: Endpoints | null;
  prefect: readonly PrefectServer[];
  /** In order of name. */
  environments: readonly Environment[];
  sharedIdentities: ReadonlyMap<string, string>;
  sharedScopes: ReadonlyMap<string, string>;
  /** Prefect servers by name. */
  sharedServers: ReadonlyMap<string, string>;
  /** Who owns what: by Azure scope (normalised) or part of Prefect (without a slash at the end), by client id, by tag. */
  owners: {
    scopes: ReadonlyMap<string, string>;
    identities: ReadonlyMap<string, string>;
    tags: readonly string[];
  };
  expect: Readonly<Record<string, number>>;
  /** null: no files are configured, and none are read. */
  source: SourceFiles | null;
  policies: {
    include: readonly string[];
    skip: readonly string[];
    params: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  /** The file is relative to `folder`; where the configuration names none, it need not be there. */
  waivers: { file: string; named: boolean; maxDays: number };
  /** What stands in the file itself, before defaults. */
  written: ConfigurationFile;
}

/** The nearest `leastwise.yaml` in `folder` or above it; null where there is none. */
export function findConfiguration(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, configurationName);
    if (existsSync(file)) return file;
    if (dirname(at) === at) return null;
  }
}

/** The path of a file as its repository knows it: from the nearest folder above that holds `.git`, else its bare name. */
export function repositoryPath(file: string): string {
  const path = resolve(file);
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return relative(at, path).replaceAll("\\", "/");
    if (dirname(at) === at) return path.split(/[/\\]/).at(-1) ?? path;
  }
}

/** Reads `leastwise.yaml`. @throws InputError with everything that is wrong in it */
export function readConfiguration(file: string): Configuration {
  return fromDocument(readDocument(file), repositoryPath(file), dirname(resolve(file)));
}

/**
 * The configuration from its text.
 * @param file its name for people; @param folder what its paths are relative to
 * @throws InputError with everything that is wrong in it
 */
export function parseConfiguration(text: string, file: string, folder: string): Configuration {
  return fromDocument(parseDocument(file, text), file, folder);
}

function fromDocument(document: Document, file: string, folder: string): Configuration {
  refuseCredentials(
    document,
    "put it into an environment variable, name the variable under auth, and rotate the credential",
  );
  validateDocument(document, "config");
  const written = document.value as ConfigurationFile;
  const problems: Problem[] = [];
  const tell = (path: (string | number)[], message: string, hint: string | null = null, what?: "key"): void => {
    problems.push({ code: "config/value", file: document.file, ...document.position(path, what), message, hint });
  };
  const azure = endpointsOf(written, tell);
  const servers = written.prefect ?? [];
  servers.forEach((server, index) => {
    if (servers.findIndex((each) => each.name === server.name) < index) {
      tell(["prefect", index, "name"], `there are two servers named ${server.name}`, "give each a name of its own");
    }
    if (!URL.canParse(server.api)) tell(["prefect", index, "api"], `${server.api} is not an address`);
    else if (server.auth !== undefined && server.api.startsWith("http:") && !isLoopback(server.api)) {
      tell(["prefect", index, "api"], "a credential would cross the network in the clear", "use https");
    }
  });
  const names = servers.map((server) => server.name);
  const inRepository = folderInRepository(file);
  const globs = (path: (string | number)[], patterns: readonly string[] = []): PathGlob[] =>
    patterns.flatMap((pattern, index) => {
      const glob = pathGlob(pattern, inRepository);
      if (glob === null) {
        const hint = "write it relative to this file, with forward slashes";
        tell([...path, index], `${pattern} leads out of the repository`, hint);
      } else if (/^!(?!\()/.test(pattern)) {
        tell([...path, index], `${pattern} would match everything else`, "name what to leave out under exclude");
      } else return [glob];
      return [];
    });
  const environments = Object.entries(written.environments ?? {}).map(([name, each]): Environment => {
    const prefect = (each.prefect ?? []).map((one, index) => {
      const share = typeof one === "string" ? { api: one } : one;
      if (!names.includes(share.api)) {
        const meant = nearest(share.api, names);
        tell(
          ["environments", name, "prefect", index],
          `there is no Prefect server named ${share.api}`,
          meant === null ? "name it under prefect:" : `did you mean ${meant}?`,
        );
      }
      return share;
    });
    return {
      name,
      scopes: (each.scopes ?? []).map(normaliseId),
      prefect,
      identities: (each.identities ?? []).map((id) => id.toLowerCase()),
      source: globs(["environments", name, "source"], each.source),
      ...document.position(["environments", name], "key"),
    };
  });
  for (const name of environments.map((each) => each.name)) {
    if (name === "tenant")
      tell(["environments", name], "tenant is reserved for what is in no environment", null, "key");
    if (written.source === undefined && written.environments?.[name]?.source !== undefined)
      tell(["environments", name, "source"], "no files are read", "name them under source: { include: [...] }", "key");
  }
  for (const kind of Object.keys(written.expect ?? {})) {
    if (kinds.has(kind)) continue;
    const meant = nearest(kind, kinds.keys());
    tell(["expect", kind], `there is no kind ${kind}`, meant === null ? null : `did you mean ${meant}?`, "key");
  }
  const shared = written.shared ?? [];
  shared.forEach((each, index) => {
    if (!("prefect" in each) || names.includes(each.prefect)) return;
    const meant = nearest(each.prefect, names);
    const hint = meant === null ? "name it under prefect:" : `did you mean ${meant}?`;
    tell(["shared", index, "prefect"], `there is no Prefect server named ${each.prefect}`, hint);
  });
  const owners = ownersOf(written, names, tell);
  const source: SourceFiles | null =
    written.source === undefined
      ? null
      : {
          root: resolve(folder, ...inRepository.split("/").flatMap((part) => (part === "" ? [] : [".."]))),
          include: globs(["source", "include"], written.source.include),
          exclude: globs(["source", "exclude"], written.source.exclude),
          maxBytes: written.source.maxBytes ?? defaultMaxBytes,
          gitignore: written.source.ignoreGitignore !== true,
        };
  if (problems.length > 0) throw new InputError(firstOf(problems));
  return {
    file,
    folder,
    text: document.text,
    digest: digestOf(document.text),
    azure,
    prefect: servers,
    environments: environments.sort((a, b) => (a.name < b.name ? -1 : 1)),
    sharedIdentities: new Map(
      shared.flatMap((each) => ("identity" in each ? [[each.identity.toLowerCase(), each.reason]] : [])),
    ),
    sharedScopes: new Map(shared.flatMap((each) => ("scope" in each ? [[normaliseId(each.scope), each.reason]] : []))),
    sharedServers: new Map(shared.flatMap((each) => ("prefect" in each ? [[each.prefect, each.reason]] : []))),
    owners,
    expect: written.expect ?? {},
    source,
    policies: {
      include: written.policies?.include ?? ["builtin"],
      skip: written.policies?.skip ?? [],
      params: (written.policies?.params ?? {}) as Configuration["policies"]["params"],
    },
    waivers: {
      file: written.waivers?.file ?? "waivers.yaml",
      named: written.waivers?.file !== undefined,
      maxDays: written.waivers?.maxDays ?? 90,
    },
    written,
  };
}

/** The folder of the configuration from the root of the repository; empty for the root, and where there is no repository. */
export function folderInRepository(file: string): string {
  const folder = posix.dirname(posix.normalize(file.replaceAll("\\", "/")));
  return folder === "." || folder.startsWith("..") || /^(?:\/|[A-Za-z]:)/.test(folder) ? "" : folder;
}

type Tell = (path: (string | number)[], message: string, hint?: string | null, what?: "key") => void;

function ownersOf(written: ConfigurationFile, servers: readonly string[], tell: Tell): Configuration["owners"] {
  const { scopes = {}, identities = {}, tags = [] } = written.owners ?? {};
  for (const scope of Object.keys(scopes)) {
    const server = /^prefect:([^/]+)/.exec(scope)?.[1];
    // What belongs to an account of Prefect Cloud and to none of its workspaces has ids of its own.
    if (server === undefined || server === "account" || servers.includes(server)) continue;
    const meant = nearest(server, servers);
    const hint = meant === null ? "name it under prefect:" : `did you mean prefect:${meant}/?`;
    tell(["owners", "scopes", scope], `there is no Prefect server named ${server}`, hint, "key");
  }
  const read = (part: string, all: Readonly<Record<string, string>>, form: (key: string) => string) => {
    const found = new Map<string, string>();
    for (const [key, owner] of Object.entries(all)) {
      if (found.has(form(key)))
        tell(["owners", part, key], "this stands here a second time", "keep one of the two", "key");
      found.set(form(key), owner);
    }
    return found;
  };
  return {
    scopes: read("scopes", scopes, (scope) => (scope.startsWith("/") ? normaliseId(scope) : scope.replace(/\/+$/, ""))),
    identities: read("identities", identities, (id) => id.toLowerCase()),
    tags,
  };
}

function endpointsOf(written: ConfigurationFile, tell: Tell): Endpoints | null {
  if (written.azure === undefined) return null;
  const cloud = written.azure.cloud ?? "AzurePublic";
  if (typeof cloud === "string") return clouds[cloud] ?? null;
  for (const [name, address] of Object.entries(cloud)) {
    if (!URL.canParse(address.replace(/\{\w+\}/, "name")))
      tell(["azure", "cloud", name], `${address} is not an address`);
    else if (address.startsWith("http:") && !isLoopback(address.replace(/\{\w+\}/, "name"))) {
      tell(["azure", "cloud", name], "a token would cross the network in the clear", "use https");
    }
  }
  for (const [name, part] of [
    ["synapse", "{workspace}"],
    ["keyVault", "{vault}"],
    ["dataLake", "{account}"],
  ] as const) {
    if (cloud[name]?.includes(part) === false) tell(["azure", "cloud", name], `the address must hold ${part}`);
  }
  const trim = (address: string): string => address.replace(/\/+$/, "");
  const audience = (address: string): string => `${address.split("/").slice(0, 3).join("/")}/.default`;
  return {
    resourceManager: trim(cloud.resourceManager),
    graph: trim(cloud.graph),
    synapse: trim(cloud.synapse),
    keyVault: trim(cloud.keyVault),
    dataLake: cloud.dataLake === undefined ? null : trim(cloud.dataLake),
    authority: cloud.authority ?? null,
    audiences: {
      resourceManager: audience(cloud.resourceManager),
      graph: audience(cloud.graph),
      synapse: audience(cloud.synapse.replace("{workspace}.", "")),
      keyVault: audience(cloud.keyVault.replace("{vault}.", "")),
      dataLake: "https://storage.azure.com/.default",
    },
  };
}
