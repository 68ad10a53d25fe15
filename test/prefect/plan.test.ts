import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Configuration, parseConfiguration } from "../../src/config/config.ts";
import { blockTypes } from "../../src/plan/prefect/blockTypes.ts";
import { LivePrefect } from "../../src/plan/prefect/live.ts";
import type { PrefectObject, PrefectPlan } from "../../src/plan/prefect/object.ts";
import { readBlockFolder, readPrefectPlan } from "../../src/plan/prefect/read.ts";
import { prefectRows } from "../../src/plan/rows/prefect.ts";
import { mask } from "../../src/secrets/mask.ts";
import type { SnapshotContent } from "../../src/snapshot/write.ts";
import { collectFrom } from "../collect/estate.ts";
import { readBlockTypes } from "./blockTypes.ts";
import { canaries, leaks } from "./leaks.ts";
import { type Difference, difference, keyed, named, plantsOf, projectIn, runPython, withChanges } from "./planned.ts";
import { ask, type PrefectServer, prefectBin, startPrefectServer } from "./server.ts";

const made = canaries([...plantsOf(), "synapseEtl", "environmentSecret"]);
// A template puts this one into a URL as it is.
const plants: Record<string, string> = { ...made, synapseEtl: (made.synapseEtl ?? "").replace(/[^A-Za-z0-9]/g, "") };
/** What the server invents, what only the moment tells, and which schema of its type whoever saves a block has. */
const invented: ReadonlySet<string> = new Set([
  "uuid",
  "created",
  "updated",
  "schemaVersion",
  "schemaChecksum",
  "capabilities",
]);

/** What a plan says of a credential that comes from a block. */
function clear(path: string): object {
  return { path, type: "secret_in_the_clear", tier: "format", fingerprint: null };
}

/** The environment variables of the deploy tell these; and a plan says of credentials from blocks what no detector can. */
const openInDeployFile: Record<string, Difference> = {
  "prefect.automation after-upload": { open: ["actions", "fields…", "triggers"], wrong: {} },
  "prefect.automation prod__automation_1": {
    open: ["actions", "fields…", "triggers"],
    wrong: {
      secrets: {
        planned: [clear("actions[0].job_variables.env.SYNAPSE_PASSWORD")],
        collected: [
          {
            ...clear("actions[0].job_variables.env.SYNAPSE_PASSWORD"),
            tier: "contextual",
            lengthBucket: "16-31",
          },
        ],
      },
    },
  },
  "prefect.deployment prefect:local/deployment/load-fact-sales/plain": { open: ["version"], wrong: {} },
  "prefect.deployment prefect:local/deployment/publish-ledger/templates": {
    open: [
      "blocks…",
      "fields: job_variables.env.FROM_ENVIRONMENT",
      "fields: job_variables.env.HOST",
      "fields: job_variables.env.MISSING",
      "fields: job_variables.env.NOT_SET",
      'fields: pull_steps[0]["prefect.deployments.steps.git_clone"].branch',
      "fields…",
      "hosts…",
      "secrets…",
    ],
    wrong: {
      fields: { planned: [{ path: "job_variables.env.PLAIN", value: mask }], collected: [] },
      secrets: {
        planned: ["SYNAPSE_PASSWORD", "PLAIN", "URL"].map((name) => clear(`job_variables.env.${name}`)),
        collected: [],
      },
    },
  },
};

/** What a program gives that no literal says: an object of a class. */
const openInProgram: Record<string, Difference> = {
  "prefect.block prefect:local/block/sqlalchemy-connector/synapse-components": {
    open: [
      "blocks…",
      "clientIds…",
      "fields: connection_info",
      "fields…",
      "hosts…",
      "secretFields: connection_info.password",
      "secretFields…",
      "secrets…",
    ],
    wrong: {},
  },
};

describe.skipIf(prefectBin === undefined)(
  prefectBin === undefined
    ? "a planned change of a running Prefect server (skipped: LEASTWISE_PREFECT_BIN is not set, see .ci/prefect/environment.sh)"
    : "a planned change of a running Prefect server",
  { timeout: 180_000 },
  () => {
    let scratch: string;
    let project: string;
    let server: PrefectServer;

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "leastwise-plan-"));
      server = await startPrefectServer();
      project = projectIn(scratch, plants);
      await prepare();
    }, 180_000);

    afterAll(async () => {
      await server?.stop();
      rmSync(scratch, { recursive: true, force: true });
    }, 30_000);

    test("block types are known as the server lists them", async () => {
      expect(await readBlockTypes(server.api)).toEqual(blockTypes);
    });

    test("prefect.yaml is planned as prefect deploy --all makes it, the first time and again", async () => {
      for (const _ of ["first", "again"]) {
        const found = await compared(
          () => planOf("prefect.yaml"),
          () => deployAll(),
        );
        expect(found).toEqual(openInDeployFile);
        await meddle();
      }
    });

    test("a Python file is planned as it is run", async () => {
      for (const _ of ["first", "again"]) {
        const found = await compared(
          () => planOf("deploy.py"),
          () => runPython(server, project, ["deploy.py"]),
        );
        expect(found).toEqual(openInProgram);
        await meddle();
      }
    });

    test("a folder of block definitions is planned as its blocks are saved", async () => {
      const found = await compared(
        () => readBlockFolder(join(project, "blocks"), { servers: servers() }, "blocks"),
        () => saveDefined(),
      );
      expect(found).toEqual({});
    });

    test("what is renamed, made anew or deleted by Prefect's own ids is planned with all that goes with it", async () => {
      const rows = (await collected()).rows;
      const uuidOf = (kind: string, name: string): string =>
        String(rows.get(kind)?.find((row) => row.name === name)?.uuid);
      const gone = { flow: uuidOf("prefect.flow", "compact"), pool: uuidOf("prefect.workPool", "loaders-prod") };
      const [variable, block] = [uuidOf("prefect.variable", "load_mode"), uuidOf("prefect.block", "dbt")];
      const at = { file: "plan.json", line: 1, column: 1, address: null };
      const objects: PrefectObject[] = [
        { type: "prefect/flow", id: gone.flow, action: "delete", body: null, at },
        { type: "prefect/workpool", id: gone.pool, action: "delete", body: null, at },
        {
          type: "prefect/variable",
          id: variable,
          action: "update",
          body: { name: "mode", value: "part", tags: [] },
          at,
        },
        {
          type: "prefect/block",
          id: block,
          action: "delete",
          body: null,
          at,
        },
        {
          type: "prefect/block",
          id: "terraform:prefect_block.dbt",
          action: "create",
          body: {
            name: "dbt",
            block_type: { slug: "shell-operation" },
            data: { commands: ["dbt build"] },
            block_document_references: {},
            is_anonymous: false,
          },
          at,
        },
      ];
      const found = await compared(
        () => ({ objects, undecided: [], ignored: new Map() }),
        async () => {
          await ask(server.api, "DELETE", `/flows/${gone.flow}`);
          await ask(server.api, "DELETE", "/work_pools/loaders-prod");
          await ask(server.api, "PATCH", `/variables/${variable}`, { name: "mode", value: "part" });
          await ask(server.api, "DELETE", `/block_documents/${block}`);
          await saveBlock("shell-operation", "dbt", { commands: ["dbt build"] });
        },
      );
      const left = rows
        .get("prefect.deployment")
        ?.filter((row) => row.workPoolId === "prefect:local/workPool/loaders-prod");
      expect(left?.length).toBeGreaterThan(0);
      const open: Difference = { open: ["workQueueName"], wrong: {} };
      expect(found).toEqual(Object.fromEntries((left ?? []).map(({ id }) => [`prefect.deployment ${id}`, open])));
    });

    /** What has to be there before anything can be deployed. */
    async function prepare(): Promise<void> {
      const template = {
        job_configuration: { env: "{{ env }}", image: "{{ image }}" },
        variables: { type: "object", properties: { env: { type: "object" }, image: { type: "string" } } },
      };
      for (const [name, type] of [
        ["loaders-prod", "process"],
        ["containers-prod", "docker"],
      ]) {
        await ask(server.api, "POST", "/work_pools/", { name, type, base_job_template: template });
        await ask(server.api, "POST", `/work_pools/${name}/queues`, { name: "urgent" });
      }
      await runPython(server, scratch, ["-m", "prefect", "block", "register", "-m", "prefect_azure"]);
      await runPython(server, scratch, ["-m", "prefect", "block", "register", "-m", "prefect_shell"]);
      await saveBlock("secret", "synapse-etl", { value: plants.synapseEtl });
      await saveBlock("azure-blob-storage-credentials", "lake", {
        account_url: "https://stcontosolakeprod.blob.core.windows.net/",
        client_secret: plants.clientSecret,
      });
      await ask(server.api, "POST", "/variables/", { name: "load_target", value: "dbo.fact_sales", tags: [] });
      await ask(server.api, "POST", "/variables/", { name: "load_tags", value: ["from-a-variable"], tags: ["tags"] });
      await ask(server.api, "POST", "/variables/", { name: "nobody_needs_it", value: "old", tags: [] });
    }

    /** Changes every deployment by hand, so that what a file says of it again has something to change back. */
    async function meddle(): Promise<void> {
      const deployments = await ask<{ id: string }[]>(server.api, "POST", "/deployments/filter", {});
      for (const { id } of deployments)
        await ask(server.api, "PATCH", `/deployments/${id}`, {
          paused: true,
          version: "changed",
          tags: ["changed"],
          job_variables: { env: { CHANGED: "yes" } },
          pull_steps: [{ "prefect.deployments.steps.set_working_directory": { directory: "/changed" } }],
          schedules: [{ active: false, schedule: { cron: "0 0 * * *" }, parameters: { since: "changed" } }],
        });
    }

    async function saveBlock(slug: string, name: string, data: object): Promise<void> {
      const { id } = await ask<{ id: string }>(server.api, "GET", `/block_types/slug/${slug}`);
      const schemas = await ask<{ id: string; version: string }[]>(server.api, "POST", "/block_schemas/filter", {
        block_schemas: { block_type_id: { any_: [id] } },
      });
      // A server lists older schemas too.
      const schema = schemas.find(({ version }) => version === blockTypes[slug]?.version);
      await ask(server.api, "POST", "/block_documents/", {
        name,
        data,
        block_type_id: id,
        block_schema_id: schema?.id,
      });
    }

    async function deployAll(): Promise<unknown> {
      return runPython(server, project, ["-m", "prefect", "--no-prompt", "deploy", "--all"], {
        DEPLOY_SECRET: plants.environmentSecret ?? "",
        DEPLOY_BRANCH: "release",
      });
    }

    async function saveDefined(): Promise<void> {
      await saveBlock("azure-blob-storage-credentials", "lake-defined", {
        account_url: "https://stcontosolakeprod.blob.core.windows.net/",
        tenant_id: "3c1f7a90-0000-4000-8000-64d2b8e0a511",
        client_id: "5f1c3a52-0000-4000-8000-9c0de1f0a001",
        client_secret: plants.definedSecret,
      });
      await saveBlock("shell-operation", "defined", {
        commands: ["dbt run"],
        env: { SYNAPSE_PASSWORD: plants.definedShell },
      });
      await saveBlock("secret", "defined", { value: plants.definedValue });
    }

    function servers() {
      return { named: null, configured: ["local"], withWorkPool: () => [] };
    }

    function planOf(name: string): PrefectPlan {
      const path = join(project, name);
      return readPrefectPlan(readFileSync(path, "utf8"), name, { servers: servers(), path });
    }

    /** Plans over what is live, makes the change, and compares what comes of it with what was planned. */
    async function compared(
      plan: () => PrefectPlan,
      make: () => Promise<unknown>,
    ): Promise<Record<string, Difference>> {
      const before = await collected();
      const planned = plan();
      const { changes, undecided } = prefectRows(planned.objects, {
        live: new LivePrefect((kind) => before.rows.get(kind) ?? []),
        apiOf: () => "local",
        now: new Date(),
        fingerprint: undefined,
      });
      expect(undecided).toEqual([]);
      expect(leaks(plants, new Map([["changes", Buffer.from(JSON.stringify(changes))]]))).toEqual([]);
      await make();
      const expected = named(withChanges(before, changes));
      const real = named(keyed(await collected()));
      expect([...expected.keys()].sort()).toEqual([...real.keys()].sort());
      const found: Record<string, Difference> = {};
      for (const [key, row] of expected) {
        const each = difference(row, real.get(key) ?? { id: "" }, invented);
        if (each.open.length > 0 || Object.keys(each.wrong).length > 0) found[key] = each;
      }
      return found;
    }

    async function collected(): Promise<SnapshotContent> {
      const content = await collectFrom(configuration(), { request: 15_000 }, { collectedAt: new Date() });
      expect(content.reads.filter((each) => each.outcome !== "complete")).toEqual([]);
      return content;
    }

    function configuration(): Configuration {
      return parseConfiguration(`prefect:\n  - { name: local, api: "${server.api}" }\n`, "leastwise.yaml", scratch);
    }
  },
);
