import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { bounded, readerIn } from "../../src/collect/azure/services.ts";
import { parseConfiguration } from "../../src/config/config.ts";
import { startEstate } from "../../src/estate/server.ts";
import type { Read } from "../../src/resources/generated.ts";
import { InputError } from "../../src/resources/problem.ts";
import { collectFrom, configurationOf, type Ended, inFolder, leastwise, startSmallEstate } from "./estate.ts";

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

/** A proxy that takes connections, says nothing and drops them after 6 s; `connections` counts them. */
async function silentProxy(): Promise<{ address: string; connections: number }> {
  const proxy = { address: "", connections: 0 };
  const server = createServer((socket) => {
    proxy.connections++;
    socket.on("error", () => {});
    setTimeout(() => socket.destroy(), 6000).unref();
  });
  server.unref();
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  proxy.address = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return proxy;
}

const servicePrincipal = {
  AZURE_TENANT_ID: "d5e5fa57-8f60-4997-8298-72c293a033d6",
  AZURE_CLIENT_ID: "0c3f28ee-5196-41de-a71b-a54f26763a74",
  AZURE_CLIENT_SECRET: "made-up-for-a-test",
};

describe("on loopback", () => {
  test("the fixed token is sent to Azure's services, nothing to Prefect, and nobody is signed in", async () => {
    const estate = await startSmallEstate();
    try {
      const { manifest, reads } = await collectFrom(configurationOf(estate));
      expect(manifest.reader).toEqual({ kind: "loopback", id: null });
      // The estate takes no other token than the fixed one.
      expect(reads.every((each) => each.outcome === "complete")).toBe(true);
      expect(estate.requests.filter((each) => each.authorization === each.path.startsWith("/prefect/"))).toEqual([]);
    } finally {
      await estate.close();
    }
  });

  test("a credential in the environment is not used, and a proxy neither", async () => {
    const [estate, proxy] = await Promise.all([startEstate({ pageSize: 200 }), silentProxy()]);
    try {
      await inFolder(async (folder) => {
        writeFileSync(join(folder, "leastwise.yaml"), estate.configuration);
        const ended = await leastwise(
          ["collect", "--config", join(folder, "leastwise.yaml"), "--out", join(folder, "snapshot")],
          {
            ...servicePrincipal,
            AZURE_AUTHORITY_HOST: proxy.address,
            HTTPS_PROXY: proxy.address,
            HTTP_PROXY: proxy.address,
          },
        );
        expect(ended, ended.stderr).toMatchObject({ status: 0 });
      });
      expect(proxy.connections).toBe(0);
    } finally {
      await estate.close();
    }
  });

  test("what loopback is not signed in for, it cannot get: a wrong token is refused by the estate", async () => {
    const estate = await startSmallEstate({ faults: [{ kind: "unauthorized", path: /^GET \/subscriptions\?/ }] });
    try {
      const { reads } = await collectFrom(configurationOf(estate));
      expect(reads.find((each) => each.kind === "azure.subscription")).toMatchObject({
        outcome: "refused",
        status: 401,
      });
    } finally {
      await estate.close();
    }
  });
});

describe("the configuration is refused", () => {
  const problems = (text: string): unknown => {
    try {
      parseConfiguration(text, "leastwise.yaml", tmpdir());
    } catch (error) {
      if (error instanceof InputError) return error.problems;
      throw error;
    }
    return [];
  };

  test("where a Prefect credential would go over plain http to another machine", () => {
    const server = (api: string, auth: string): string => `prefect:\n  - name: prod\n    api: ${api}\n${auth}`;
    const auth = "    auth: PREFECT_AUTH\n";
    expect(problems(server("http://prefect.example/api", auth))).toMatchObject([
      { line: 3, message: "a credential would cross the network in the clear", hint: "use https" },
    ]);
    expect(problems(server("http://localhost.example/api", auth))).toHaveLength(1);
    expect(problems(server("http://127.0.0.1.example/api", auth))).toHaveLength(1);
    expect(problems(server("http://prefect.example/api", ""))).toEqual([]);
    expect(problems(server("https://prefect.example/api", auth))).toEqual([]);
    expect(problems(server("http://127.0.0.1:4200/api", auth))).toEqual([]);
  });

  test("where a token would go over plain http to another machine", () => {
    const cloud = (resourceManager: string): string =>
      `azure:\n  cloud:\n    resourceManager: ${resourceManager}\n    graph: https://graph.example\n    synapse: "https://{workspace}.synapse.example"\n    keyVault: "https://{vault}.vault.example"\n`;
    expect(problems(cloud("http://management.example"))).toMatchObject([{ line: 3, hint: "use https" }]);
    expect(problems(cloud("http://127.0.0.1@management.example"))).toHaveLength(1);
    expect(problems(cloud("https://management.example"))).toEqual([]);
  });
});

describe("against the public cloud, with no way to it", () => {
  async function collectPublic(
    environment: NodeJS.ProcessEnv,
  ): Promise<{ ended: Ended; reads: Read[]; milliseconds: number }> {
    return inFolder(async (folder) => {
      writeFileSync(join(folder, "leastwise.yaml"), "azure: { cloud: AzurePublic }\n");
      const args = ["--config", join(folder, "leastwise.yaml"), "--out", join(folder, "snapshot")];
      const begun = performance.now();
      const ended = await leastwise(["collect", ...args, "--request-timeout", "1", "--max-wait", "1"], {
        PATH: "/nonexistent",
        HOME: folder,
        ...environment,
      });
      const milliseconds = performance.now() - begun;
      const ledger = join(folder, "snapshot", "reads.ndjson");
      const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").trim().split("\n") : [];
      return { ended, milliseconds, reads: lines.map((line) => JSON.parse(line)) };
    });
  }

  test("without any credential every read says that none was found", async () => {
    const { ended, reads, milliseconds } = await collectPublic({});
    expect(ended, ended.stderr).toMatchObject({ status: 3 });
    expect(reads.filter((each) => each.outcome === "complete")).toEqual([]);
    expect(reads.find((each) => each.kind === "azure.subscription")).toMatchObject({
      outcome: "refused",
      cause: expect.stringContaining("no credential of Azure was found"),
    });
    expect(reads.map((each) => each.kind)).toEqual(
      expect.arrayContaining(["azure.roleAssignment", "synapse.workspace"]),
    );
    expect(milliseconds).toBeLessThan(20_000);
  });

  test("with a credential that cannot be tried, the run ends all the same, and the secret is not told", async () => {
    const proxy = await silentProxy();
    const { ended, reads, milliseconds } = await collectPublic({ ...servicePrincipal, HTTPS_PROXY: proxy.address });
    expect(ended, ended.stderr).toMatchObject({ status: 3 });
    expect(reads.filter((each) => each.outcome === "complete")).toEqual([]);
    expect(ended.stderr + ended.stdout + JSON.stringify(reads)).not.toContain(servicePrincipal.AZURE_CLIENT_SECRET);
    expect(milliseconds).toBeLessThan(20_000);
  });
});

describe("a credential", () => {
  const expiresOnTimestamp = Date.now() + 3_600_000;

  test("that gives no token in time fails, once for all reads", async () => {
    let asked = 0;
    const credential = bounded({ getToken: () => new Promise(() => asked++) }, 50);
    const failures = await Promise.all([1, 2, 3].map(() => credential.getToken("a").catch((error) => error)));
    failures.push(await credential.getToken("b").catch((error) => error));
    expect(failures.map((each) => each.message)).toEqual(Array(4).fill("the credential gave no token within 0.05 s"));
    expect(asked).toBe(1);
  });

  test("that gave a token is asked again for another service", async () => {
    const asked: unknown[] = [];
    const getToken = async (scopes: string | string[]) => {
      asked.push(scopes);
      return { token: String(scopes), expiresOnTimestamp };
    };
    const credential = bounded({ getToken }, 50);
    expect(await credential.getToken("a")).toMatchObject({ token: "a" });
    expect(await credential.getToken("b")).toMatchObject({ token: "b" });
    expect(asked).toEqual(["a", "b"]);
  });
});

describe("who reads, as the token tells", () => {
  const token = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

  test.each([
    [
      { oid: "1", idtyp: "app" },
      { kind: "servicePrincipal", id: "1" },
    ],
    [
      { oid: "2", idtyp: "user", upn: "anna@brackwater.example" },
      { kind: "user", id: "2" },
    ],
    [
      { oid: "3", upn: "anna@brackwater.example" },
      { kind: "user", id: "3" },
    ],
    [
      { oid: "4", idtyp: "app", xms_mirid: "/subscriptions/x" },
      { kind: "managedIdentity", id: "4" },
    ],
    [{ idtyp: "app" }, { kind: "servicePrincipal", id: null }],
    [{ oid: 5 }, { kind: "servicePrincipal", id: null }],
    [null, { kind: "unknown", id: null }],
  ])("%j", (claims, reader) => {
    expect(readerIn(token(claims))).toEqual(reader);
  });

  test.each(["", "no token", "a.b.c", "e30.!!!.x"])("%j tells nothing", (text) => {
    expect(readerIn(text)).toEqual({ kind: "unknown", id: null });
  });
});
