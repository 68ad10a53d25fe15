import { basename, dirname, join, resolve } from "node:path";
import { deploymentId } from "../../collect/prefect/deployments.ts";
import { type Document, firstOf, parseDocument } from "../../resources/document.ts";
import { InputError, type Problem } from "../../resources/problem.ts";
import { type PlannedAt, type PlannedValue, type Undecided, unknown } from "../plan.ts";
import { elsewhere, type Flow, flowIn, PythonFiles, schemaOf } from "./flow.ts";
import { flowObject, maskedName } from "./names.ts";
import type { Fate, PrefectObject, PrefectPlan } from "./object.ts";
import { type Servers, serverFor } from "./server.ts";
import { isList, mapOf, placeholdersIn } from "./template.ts";

/** Reads a prefect.yaml, as PyYAML and Prefect 3 do. @throws InputError where it is not sound YAML */
export function parseDeployFile(text: string, file: string): Document {
  return parseDocument(file, text, { asPython: true });
}

/** Whether a file is a prefect.yaml, by what stands in it. */
export function isDeployFile(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (Array.isArray((value as { deployments?: unknown }).deployments)) return true;
  return "prefect-version" in value;
}

type Values = { readonly [name: string]: PlannedValue };

/**
 * What `prefect deploy --all` makes of a prefect.yaml (Prefect 3.8.8, `cli/deploy/_core.py`, and measured against its
 * server). What a deployment does not set goes to its default, even where it exists already: parameters, job variables and
 * tags to none, paused to false, the work queue to the pool's own, the pull steps to those of the file or to the folder. Only
 * schedules stay what they were.
 * @param path where the file stands, because flows are looked for in its folder
 * @throws InputError where it is no sound prefect.yaml, a flow's file is missing, or nobody can say which server it is for
 */
export function readDeployFile(document: Document, path: string, servers: Servers): PrefectPlan {
  const { file } = document;
  const problems: Problem[] = [];
  const plan = (document.value ?? {}) as { [name: string]: PlannedValue };
  const tell = (at: (string | number)[], message: string, hint: string | null = null): void => {
    problems.push({ code: "plan/prefect", file, ...document.position(at), message, hint });
  };
  const { deployments = null } = plan;
  if (deployments !== null && !isList(deployments)) tell(["deployments"], "a list of deployments is expected here");
  const root = dirname(resolve(path));
  const python = new PythonFiles(root);
  const objects: PrefectObject[] = [];
  const undecided: Undecided[] = [];
  let unnamed = 0;
  for (const [index, each] of (isList(deployments) ? deployments : []).entries()) {
    const deployment = mapOf(plain(each));
    if (deployment === null) {
      tell(["deployments", index], "a deployment is expected here", "give it a name, an entrypoint and a work pool");
      continue;
    }
    if (deployment.name === undefined || deployment.name === null) {
      unnamed++;
      continue;
    }
    const before = problems.length;
    checkShape(deployment, (at, message) => tell(["deployments", index, ...at], message));
    if (problems.length > before) continue;
    const at: PlannedAt = { file, ...document.position(["deployments", index]), address: null };
    const flow = flowFor(deployment.entrypoint, python, (message, hint) =>
      tell(["deployments", index, "entrypoint"], message, hint),
    );
    if (problems.length > before) continue;
    const body = bodyOf(deployment, plan, flow, root);
    const api = serverFor(servers, typeof body.work_pool_name === "string" ? body.work_pool_name : null, at);
    if (typeof flow.name !== "string" || typeof body.name !== "string") {
      const what = typeof flow.name === "string" ? "the deployment's" : "the flow's";
      const cause = `a deployment whose name is known only when it is made: ${what} is no plain text`;
      undecided.push({ kind: "prefect.deployment", scope: `prefect:${api}`, cause, at });
      continue;
    }
    const id = deploymentId(api, maskedName(flow.name), maskedName(body.name));
    const fill = fatesOf(deployment, plan);
    objects.push(flowObject(api, flow.name, at), {
      type: "prefect/deployment",
      id,
      action: "update",
      body,
      at,
      fill,
    });
    for (const [number, trigger] of triggersOf(deployment).entries()) {
      objects.push({
        type: "prefect/automation",
        id: `prefect:${api}/automation/${id.slice(`prefect:${api}/deployment/`.length)}/${number + 1}`,
        action: "update",
        owner: id,
        body: automationOf(trigger, `${body.name}__automation_${number + 1}`),
        at: { file, ...document.position(["deployments", index, "triggers", number]), address: null },
        fill,
      });
    }
  }
  if (problems.length > 0) throw new InputError(firstOf(problems));
  return {
    objects,
    undecided,
    ignored: unnamed === 0 ? new Map() : new Map([["prefect deployment without a name", unnamed]]),
  };
}

/** YAML's dates, as the JSON that Prefect sends has them. */
function plain(value: unknown): PlannedValue {
  if (value instanceof Date) return value.toISOString().replace(/(?:T00:00:00)?\.000Z$/, "");
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value as PlannedValue;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

function checkShape(deployment: Values, tell: (at: (string | number)[], message: string) => void): void {
  const isText = (value: PlannedValue): boolean => typeof value === "string";
  const isMap = (value: PlannedValue): boolean => mapOf(value) !== null;
  const isSteps = (value: PlannedValue): boolean => isMap(value) || (isList(value) && value.every(isMap));
  const expected: [string, (value: PlannedValue) => boolean, string][] = [
    ["name", isText, "a text"],
    ["entrypoint", isText, "a text"],
    ["version", isText, "a text (put numbers in quotes)"],
    ["tags", (value) => isText(value) || isList(value), "a list of texts"],
    ["parameters", isMap, "a map"],
    ["work_pool", isMap, "a map"],
    ["schedules", (value) => isList(value) && value.every(isMap), "a list of schedules"],
    ["schedule", isMap, "a schedule"],
    ["triggers", (value) => isList(value) && value.every(isMap), "a list of triggers"],
    ["paused", (value) => typeof value === "boolean", "true or false"],
    ["build", isSteps, "a list of steps"],
    ["push", isSteps, "a list of steps"],
    ["pull", isSteps, "a list of steps"],
  ];
  for (const [name, fits, what] of expected) {
    const value = deployment[name];
    if (value === undefined || value === null || isTemplate(value)) continue;
    if (!fits(value)) tell([name], `${what} is expected here`);
  }
  const variables = mapOf(deployment.work_pool)?.job_variables;
  if (variables !== undefined && !isMap(variables) && !isTemplate(variables))
    tell(["work_pool", "job_variables"], "a map is expected here");
}

/** The flow of an entrypoint, which `prefect deploy` loads from its file. */
function flowFor(
  entrypoint: PlannedValue | undefined,
  python: PythonFiles,
  tell: (message: string, hint: string) => void,
): Flow {
  // Given on the command line, or filled in.
  if (typeof entrypoint !== "string" || placeholdersIn(entrypoint).length > 0) return elsewhere;
  const found = python.entrypoint(entrypoint);
  const hint = "correct it, or run this where the flows are: prefect deploy loads them too";
  if (found === null) {
    tell(`there is no module for the entrypoint ${maskedName(entrypoint)}`, hint);
    return elsewhere;
  }
  try {
    const flow = flowIn(python.read(found.path), found.name);
    if (flow !== null) return flow;
    tell(`${maskedName(found.path)} declares no flow ${maskedName(found.name)} with @flow`, hint);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [first] = error.problems;
    if (first?.code === "plan/python") throw error;
    tell(`the file of the flow cannot be read: ${first?.message ?? "unknown error"}`, hint);
  }
  return elsewhere;
}

/** The deployment as its API answers it, with templates still in it. */
function bodyOf(deployment: Values, plan: Values, flow: Flow, root: string): Values {
  const isOpen = isTemplate(deployment.work_pool);
  const pool = mapOf(deployment.work_pool) ?? {};
  const jobVariables = isOpen ? unknown : (pool.job_variables ?? {});
  const schedules = deployment.schedules ?? (deployment.schedule ? [deployment.schedule] : null);
  const { work_queue_name: queue } = pool;
  return {
    name: filledIn(deployment.name),
    flow_name: flow.name,
    version:
      deployment.version === undefined || deployment.version === null || deployment.version === ""
        ? flow.version
        : deployment.version,
    paused: isTemplate(deployment.paused) ? unknown : (deployment.paused ?? false),
    tags: deployment.tags ?? [],
    parameters: deployment.parameters ?? {},
    parameter_openapi_schema: schemaOf(flow),
    job_variables: jobVariables,
    pull_steps: pullOf(deployment, plan, root),
    ...(isTemplate(schedules) && { schedules: unknown }),
    ...(isList(schedules) &&
      schedules.length > 0 && {
        schedules: schedules.map((each) => ({ parameters: mapOf(each)?.parameters ?? {} })),
      }),
    work_pool_name: filledIn(pool.name),
    // The queue that every pool has from its beginning.
    work_queue_name: isOpen ? unknown : queue === undefined || queue === null ? "default" : filledIn(queue),
  };
}

function triggersOf({ triggers = null }: Values): Values[] {
  return (isList(triggers) ? triggers : []).map(mapOf).filter((each) => each !== null);
}

/** The automation that a trigger becomes (`events/schemas/deployment_triggers.py`): it runs the deployment. */
function automationOf(given: Values, usualName: string): Values {
  const { name, description, enabled, parameters, job_variables, schedule_after: _, ...trigger } = given;
  return {
    name: filledIn(name ?? usualName),
    description: description ?? "",
    enabled: enabled ?? true,
    trigger,
    actions: [{ type: "run-deployment", parameters: parameters ?? null, job_variables: job_variables ?? null }],
  };
}

/** Whether a value as a whole is one that Prefect fills in, which may become anything. */
function isTemplate(value: PlannedValue | undefined): boolean {
  return typeof value === "string" && placeholdersIn(value).some(({ text }) => text === value.trim());
}

/** A name; unknown where a template makes it, or where the command line has to. */
function filledIn(name: PlannedValue | undefined): PlannedValue {
  return typeof name === "string" && placeholdersIn(name).length === 0 ? name : unknown;
}

/** A step or a list of them, as a list. */
function stepsOf(value: PlannedValue | undefined): readonly PlannedValue[] {
  if (isList(value)) return value;
  const step = mapOf(value);
  return step === null || Object.keys(step).length === 0 ? [] : [step];
}

/**
 * The pull steps: the deployment's, else the file's. An empty list means none; where there is no list, it is the folder that
 * the flow was deployed from, or the usual one in an image (`_generate_default_pull_action`).
 */
function pullOf(deployment: Values, plan: Values, root: string): PlannedValue {
  const own = "pull" in deployment ? deployment.pull : plan.pull;
  if (isList(own) && own.length === 0) return [];
  const steps = stepsOf(deployment.pull).length > 0 ? stepsOf(deployment.pull) : stepsOf(plan.pull);
  if (steps.length > 0) return steps;
  const directory = (path: string): PlannedValue => [
    { "prefect.deployments.steps.set_working_directory": { directory: path } },
  ];
  const build = stepsOf(deployment.build).length > 0 ? stepsOf(deployment.build) : stepsOf(plan.build);
  for (const step of build) {
    const docker = mapOf(mapOf(step)?.["prefect_docker.deployments.steps.build_docker_image"]);
    if (docker !== null) return docker.dockerfile === "auto" ? directory(join("/opt/prefect", basename(root))) : [];
  }
  const image = mapOf(mapOf(deployment.work_pool)?.job_variables)?.image;
  return directory(image === undefined || image === null || image === "" ? root : "/opt/prefect");
}

/** What a step that builds an image gives, which names the image and can be no credential. */
const imageOutputs = /^(?:[\w-]+\.)?(?:image|image_name|image_id|tag|additional_tags)$/;

/** What becomes of places that steps fill in. */
function fatesOf(deployment: Values, plan: Values): NonNullable<PrefectObject["fill"]> {
  const steps = (name: string): readonly PlannedValue[] => stepsOf(name in deployment ? deployment[name] : plan[name]);
  const run = [...steps("build"), ...steps("push")].flatMap((each) => Object.entries(mapOf(each) ?? {}));
  const pulling = stepsOf(deployment.pull).length > 0 ? stepsOf(deployment.pull) : stepsOf(plan.pull);
  const idsOf = (entries: readonly [string, PlannedValue][]): Set<string> =>
    new Set(entries.map(([, inputs]) => mapOf(inputs)?.id).filter((id) => typeof id === "string"));
  const ids = idsOf(run);
  const pullIds = idsOf(pulling.flatMap((each) => Object.entries(mapOf(each) ?? {})));
  const builds = ([name]: readonly [string, PlannedValue]): boolean => /docker_image$/.test(name);
  const isImage = (name: string): boolean => {
    const [first = "", ...rest] = name.split(".");
    const step = run.find(([, inputs]) => mapOf(inputs)?.id === first);
    return imageOutputs.test(name) && (rest.length > 0 ? step !== undefined && builds(step) : run.every(builds));
  };
  return {
    inValues: (name): Fate => {
      if (name.startsWith("ctx.") || (run.length > 0 && isImage(name))) return "kept";
      // Without steps nothing fills it in; but a name of one part may be an environment variable's.
      return run.length === 0 && name.includes(".") ? "removed" : "unknown";
    },
    inPull: (name): Fate => {
      const first = name.split(".")[0] ?? "";
      return run.length === 0 || isImage(name) || (pullIds.has(first) && !ids.has(first)) ? "kept" : "unknown";
    },
  };
}
