import { readValues } from "../../collect/values.ts";
import { mask } from "../../secrets/mask.ts";
import { type PlannedValue, type Unknown, unknown } from "../plan.ts";
import type { Translation } from "./azureTypes.ts";
import type { Json } from "./format.ts";
import { isMap } from "./format.ts";
import { isSensitive, mapIn, type Path } from "./instances.ts";
import { type Body, body, parsed, type Reader } from "./reader.ts";

/**
 * Resources of the Prefect provider (PrefectHQ/terraform-provider-prefect, docs/resources), as the server's API answers
 * what they make. Objects are named by the id that Prefect gave them, or by their address.
 */
export const prefectTypes: Readonly<Record<string, Translation>> = {
  prefect_block: (reader) => [
    {
      type: "prefect/block",
      id: reader.id,
      body: body({
        name: reader.get("name"),
        block_type: body({ slug: reader.get("type_slug") }),
        data: blockData(reader),
        block_document_references: {},
        is_anonymous: false,
      }),
    },
  ],
  prefect_flow: (reader) => [
    { type: "prefect/flow", id: reader.id, body: body({ name: reader.get("name"), tags: reader.get("tags") ?? [] }) },
  ],
  prefect_variable: (reader) => [
    {
      type: "prefect/variable",
      id: reader.id,
      body: body({ name: reader.get("name"), value: reader.get("value"), tags: reader.get("tags") ?? [] }),
    },
  ],
  prefect_work_pool: (reader) => [
    {
      type: "prefect/workpool",
      id: reader.id,
      body: body({
        name: reader.get("name"),
        type: reader.get("type"),
        is_paused: reader.get("paused"),
        concurrency_limit: reader.get("concurrency_limit") ?? null,
        // Where nothing is said it is what the type of the pool has.
        base_job_template: parsed(reader.get("base_job_template")) ?? unknown,
      }),
    },
  ],
  prefect_deployment: (reader) => [
    {
      type: "prefect/deployment",
      id: reader.id,
      body: body({
        name: reader.get("name"),
        flow_id: reader.named("prefect", "flow_id"),
        version: reader.get("version") ?? null,
        description: reader.get("description"),
        paused: reader.get("paused"),
        tags: reader.get("tags") ?? [],
        work_pool_name: reader.get("work_pool_name") ?? null,
        work_queue_name: reader.get("work_queue_name") ?? null,
        entrypoint: reader.get("entrypoint"),
        path: reader.get("path"),
        parameters: parsed(reader.get("parameters")) ?? {},
        job_variables: parsed(reader.get("job_variables")) ?? {},
        parameter_openapi_schema: parsed(reader.get("parameter_openapi_schema")) ?? {},
        pull_steps: pullSteps(reader),
      }),
    },
  ],
};

/** What a step is called by its type (Prefect's documentation, How to define a pull action). */
const steps: Readonly<Record<string, string>> = {
  git_clone: "prefect.deployments.steps.git_clone",
  set_working_directory: "prefect.deployments.steps.set_working_directory",
  run_shell_script: "prefect.deployments.steps.run_shell_script",
  pip_install_requirements: "prefect.deployments.steps.pip_install_requirements",
  pull_from_azure_blob_storage: "prefect_azure.deployments.steps.pull_from_azure_blob_storage",
  pull_from_gcs: "prefect_gcp.deployments.steps.pull_from_gcs",
  pull_from_s3: "prefect_aws.deployments.steps.pull_from_s3",
};

function pullSteps(reader: Reader): PlannedValue {
  const blocks = reader.blocks("pull_steps");
  if (blocks === unknown) return unknown;
  if (reader.get("pull_steps") === undefined) return null;
  return blocks.map((path) => {
    const step = reader.get(...path);
    if (typeof step !== "object" || step === null || Array.isArray(step)) return unknown;
    const { type, ...rest } = step as Body;
    const name = typeof type === "string" ? steps[type] : undefined;
    return name === undefined ? unknown : { [name]: body(withoutNull(rest)) };
  });
}

function withoutNull(value: Body): { readonly [name: string]: PlannedValue | undefined } {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, each ?? undefined]));
}

/**
 * What a block holds. The provider marks all of it as sensitive, because some of it may be. What the block's type keeps
 * secret is told as the server answers it: that it is set. What is an identity's client id or the like is told; so is a
 * text that as a whole is a credential by its form, which is masked before it gets into a row, as one that a server
 * answers. Everything else is unknown.
 */
function blockData(reader: Reader): PlannedValue | undefined {
  const { instance } = reader;
  if (!isSensitive(instance, ["data"])) return parsed(reader.get("data"));
  const text = mapIn(instance.secrets).data;
  // What is written alone (data_wo) is in no plan.
  const whole = typeof text === "string" ? (parsed(text) as Json | Unknown) : unknown;
  return whole === unknown || !isMap(whole) ? unknown : shown(whole, [], reader);
}

const identifier = /^(?:.*_)?(?:client|tenant|subscription|block_document)_?id$/i;
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What Prefect shows in the place of a secret (`src/prefect/utilities/names.py`). */
const obfuscated = "********";

function shown(value: Json, path: Path, reader: Reader): PlannedValue {
  if (Array.isArray(value))
    return (value as readonly Json[]).map((each, index) => shown(each, [...path, index], reader));
  if (isMap(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, shown(each, [...path, name], reader)]),
    );
  if (value === null || typeof value === "boolean") return value;
  if (reader.around.keepsSecret?.(reader.text("type_slug") ?? "", path) === true) return obfuscated;
  if (typeof value !== "string") return unknown;
  const isShown = (guid.test(value) && identifier.test(String(path.at(-1)))) || isWholeCredential(value, path);
  return isShown ? value : unknown;
}

/** Whether rows mask all of a text, by the same detectors and with the same names around it. */
function isWholeCredential(value: string, path: Path): boolean {
  const nested = [...path].reverse().reduce<unknown>((inner, part) => {
    if (typeof part === "number") return [inner];
    return { [part]: inner };
  }, value);
  const { fields } = readValues([{ value: nested, path: "" }], undefined);
  return fields.length === 1 && fields[0]?.value === mask;
}
