import type { PrefectObject } from "../../src/estate/data.ts";
import { isObject, type Json, type JsonObject } from "../../src/estate/json.ts";
import type { Given } from "./command.ts";
import { Refused } from "./words.ts";
import { find, json, looks, newId, object, type Run, rows, same, server, take, type World } from "./world.ts";

const hidden = "********";

/** A file that the person wrote. */
function file({ files }: World, name: string): string {
  const text = files.get(name);
  if (text === undefined) throw new Refused(`there is no file ${name}`);
  return text;
}

/** A change that the server notes the time of. */
function change({ data }: World, target: JsonObject, fields: JsonObject): void {
  Object.assign(target, fields, { updated: data.asOf });
}

/** The fields of a block, with those that the server keeps secret as it shows them. */
function stored(fields: JsonObject, secret: readonly string[], at = ""): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]): [string, Json | undefined] => {
      const path = `${at}${key}`;
      if (isObject(value)) return [key, stored(value, secret, `${path}.`)];
      return [key, secret.includes(path) && typeof value === "string" ? hidden : value];
    }),
  );
}

const fieldsOfDeployments = [
  "version",
  "description",
  "parameters",
  "tags",
  "job_variables",
  "pull_steps",
  "entrypoint",
];

/** A request to the API: what it names takes the place of what there was, and of a block's data the rest stays. */
const api: Run = (given, world) => {
  const [method, path] = [given.one("METHOD"), given.one("PATH")];
  const data = given.one("--data");
  const body = json(data.startsWith("@") ? file(world, data.slice(1)) : data);
  const [, collection = "", id = "", action] = /^\/(\w+)\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  if (given.has("--account")) {
    if (`${method} ${collection} ${action}` !== "POST bots rotate_api_key") throw new Refused(`${method} ${path}`);
    return rotate(world, id, body);
  }
  const of = server(world);
  if (method === "PATCH" && collection === "block_documents") {
    const block = found(of.blockDocuments, id);
    const secret = object(object(block.block_schema).fields).secret_fields;
    const fields = stored(object(body.data), Array.isArray(secret) ? secret.map(String) : []);
    return change(world, block, { data: { ...object(block.data), ...fields } });
  }
  if (method === "PATCH" && collection === "deployments") {
    const stray = Object.keys(body).find((each) => !fieldsOfDeployments.includes(each));
    if (stray !== undefined) throw new Refused(`a deployment has no ${stray} to change`);
    return change(world, found(of.deployments, id), body);
  }
  throw new Refused(`${method} ${path} is not known here`);
};

function found(list: readonly PrefectObject[], id: string): PrefectObject {
  return find(list, (each) => each.id === id, id);
}

/** A new key in the place of an old one, which ends in so many seconds. */
function rotate({ data }: World, bot: string, body: JsonObject): void {
  const keys = data.prefectCloud.botKeys[bot];
  if (keys === undefined) throw new Refused(`there is no service account ${bot}`);
  const expiration = new Date(String(body.api_key_expiration)).toISOString();
  const end = new Date(Date.parse(data.asOf) + Number(body.old_key_expires_in_seconds) * 1000).toISOString();
  const old = object(keys.active_key);
  const key = { ...old, id: newId(), created: data.asOf, expiration };
  keys.rotating_keys = [...rows(keys.rotating_keys), { ...old, expiration: end }];
  keys.active_key = key;
  find(data.prefectCloud.bots, (each) => each.id === bot, bot).api_key = key;
}

const setVariable: Run = (given, world) => {
  const { variables } = server(world);
  const name = given.one("NAME");
  const text = given.one("VALUE");
  let value: Json = text;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    // A text that is no JSON is itself.
  }
  const known = variables.find((each) => each.name === name);
  if (known === undefined) {
    const { asOf } = world.data;
    variables.push({ id: newId(), created: asOf, updated: asOf, name, value, tags: [] });
  } else if (!given.has("--overwrite")) throw new Refused(`the variable ${name} exists, and --overwrite is missing`);
  else change(world, known, { value });
};

function block(given: Given, world: World): PrefectObject {
  const slug = given.one("SLUG");
  return find(
    server(world).blockDocuments,
    (each) => `${object(each.block_type).slug}/${each.name}` === slug,
    `the block ${slug}`,
  );
}

/** Deploys what prefect.yaml says, which is what the server has, with what the command says in its place. */
const deploy: Run = (given, world) => {
  given.only("--name", "--version");
  const name = given.one("--name");
  const all = server(world).deployments.filter((each) => each.name === name);
  if (all.length === 0) throw new Refused(`there is no deployment ${name}`);
  for (const each of all) change(world, each, { version: given.one("--version") });
};

export const prefect: Record<string, Run> = {
  "prefect api": api,
  "prefect automation update": (given, world) => {
    given.only("--id", "--from-file");
    const { automations } = server(world);
    change(world, found(automations, given.one("--id")), json(file(world, given.one("--from-file"))));
  },
  "prefect block delete": (given, world) => {
    const { id } = block(given, world);
    take(server(world).blockDocuments, (each) => each.id === id, id);
  },
  "prefect block inspect": (given, world) => void block(given, world),
  "prefect deploy": deploy,
  "prefect flow-run delete": (given, world) => {
    take(server(world).flowRuns, (each) => same(each.id, given.one("ID")), given.one("ID"));
  },
  "prefect flow-run logs": looks,
  "prefect variable set": setVariable,
  "prefect work-pool update": (given, world) => {
    given.only("NAME", "--base-job-template");
    const pool = find(server(world).workPools, (each) => each.name === given.one("NAME"), given.one("NAME"));
    change(world, pool, { base_job_template: json(file(world, given.one("--base-job-template"))) });
  },
};
