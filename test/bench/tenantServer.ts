/** Serves a big tenant in a process or thread of its own; asked for what it received by any message. */
import { parentPort, workerData } from "node:worker_threads";
import { catalogue } from "../../src/collect/catalogue.ts";
import type { ServiceName } from "../../src/collect/definition.ts";
import type { EstateRequest } from "../../src/estate/answer.ts";
import type { Service } from "../../src/estate/failure.ts";
import { startEstate } from "../../src/estate/server.ts";
import { growTenant, type TenantSize } from "./tenant.ts";

/** What is served. */
export interface ServerTask {
  size: TenantSize;
  /** The services' time in ms, shared with the reader; their limits are enforced where it is given. */
  time?: Float64Array;
}

/** What the server tells when it serves. */
export interface Serving {
  configuration: string;
  /** The rows that a whole read has to bring, by kind. */
  rows: Record<string, number>;
}

/** What the server tells when it is asked. */
export interface Received {
  requests: { method: string; path: string; status: number; batched: boolean }[];
}

const services: Record<ServiceName, Service | null> = {
  "Azure Resource Manager": "arm",
  "Microsoft Graph": "graph",
  Synapse: "synapse",
  "Key Vault": "keyvault",
  "Data Lake": null,
  Prefect: "prefect",
  Repository: null,
};

/** The page sizes that the services have, by service and the end of the path. */
const sizes = new Map(
  catalogue.flatMap(({ service, endpoint, pageSize }): [string, number][] =>
    pageSize === null ? [] : [[`${services[service]} ${lastOf(endpoint)}`, pageSize]],
  ),
);

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).toLowerCase();
}

const { size, time }: ServerTask = workerData ?? JSON.parse(process.argv[2] ?? "{}");
let rows: Record<string, number> = {};
const estate = await startEstate({
  pageSize: (service, { path }: EstateRequest) => sizes.get(`${service} ${lastOf(path)}`) ?? 1000,
  edit: (data) => {
    growTenant(data, size);
    rows = {
      "azure.subscription": data.arm.subscriptions.length,
      "azure.roleAssignment": data.arm.roleAssignments.length,
      "synapse.workspace": data.arm.synapseWorkspaces.length,
      "synapse.roleAssignment": Object.values(data.synapse.roleAssignments).reduce((sum, each) => sum + each.length, 0),
    };
  },
  ...(time !== undefined && { limits: { now: () => time[0] ?? 0 } }),
});
const tell = (message: Serving | Received): void => {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
};
(parentPort ?? process).on("message", () => {
  tell({
    requests: estate.requests.map(({ method, path, status, batched = false }) => ({ method, path, status, batched })),
  });
});
process.on("disconnect", () => process.exit());
tell({ configuration: estate.configuration, rows });
