import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import { readText } from "../resources/document.ts";
import { InputError } from "../resources/problem.ts";
import { shown } from "./credentials.ts";

/** A Prefect server as a person's own Prefect settings name it. */
export interface PrefectProfile {
  name: string;
  api: string;
  /** The credential; it is used for this run and never written. null: none. */
  credential: string | null;
  /** The environment variable under which a configuration names the credential. */
  variable: string;
  /** Where it was found, for people. */
  from: string;
}

/** Settings as Prefect 3 names them (docs.prefect.io, settings reference: api.url, api.key, api.auth_string). */
const settings = { url: "PREFECT_API_URL", key: "PREFECT_API_KEY", login: "PREFECT_API_AUTH_STRING" } as const;

/**
 * The servers of the environment and of the profiles that `prefect profile` keeps, each address once, and why others were
 * left out.
 * @throws InputError where the file of profiles cannot be read
 */
export function prefectProfiles(environment: NodeJS.ProcessEnv): { profiles: PrefectProfile[]; refused: string[] } {
  const profiles: PrefectProfile[] = [];
  const refused: string[] = [];
  const add = (profile: PrefectProfile): void => {
    const address = URL.canParse(profile.api) ? new URL(profile.api) : null;
    if (address === null) refused.push(`${profile.from} has no address that can be read`);
    else if (address.username !== "" || address.password !== "") {
      refused.push(`${profile.from} holds a credential inside its address: move it to ${settings.login}`);
    } else if (!profiles.some(({ api }) => api === profile.api)) profiles.push(profile);
  };
  const url = environment[settings.url];
  if (url !== undefined && url !== "") {
    const variable = environment[settings.key] ? settings.key : settings.login;
    const credential = environment[variable] ?? null;
    add({ name: "prefect", api: url, credential, variable, from: settings.url });
  }
  const home = environment.PREFECT_HOME ?? join(environment.HOME ?? homedir(), ".prefect");
  const file = environment.PREFECT_PROFILES_PATH ?? join(home, "profiles.toml");
  if (!existsSync(file)) return { profiles, refused };
  for (const [written, values] of Object.entries(profilesIn(file))) {
    const name = shown(written);
    const held = (key: string): string | null => (typeof values?.[key] === "string" ? values[key] : null);
    const api = held(settings.url);
    if (api === null) continue;
    const credential = held(settings.key) ?? held(settings.login);
    const variable = `PREFECT_AUTH_${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
    // A configuration's names of servers stand in ids and scopes, so they have no room in them.
    const plain = name.replace(/[^\w-]+/g, "-");
    add({ name: plain, api, credential, variable, from: `the profile ${name} of ${file}` });
  }
  return { profiles, refused };
}

function profilesIn(file: string): Record<string, Record<string, unknown>> {
  const text = readText(file);
  try {
    return (parse(text).profiles ?? {}) as Record<string, Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The parser's own message shows the line, and a key may stand in it.
    const message = "the file of Prefect profiles is not valid TOML";
    throw new InputError([
      {
        code: "init/profiles",
        file,
        line: error.line,
        column: error.column,
        message,
        hint: "see prefect profile inspect",
      },
    ]);
  }
}
