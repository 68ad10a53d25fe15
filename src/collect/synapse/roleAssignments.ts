import type { SynapseRoleAssignment, SynapseRoleDefinition, SynapseWorkspace } from "../../resources/generated.ts";
import type { ReadDefinition } from "../definition.ts";
import { lower } from "../forms.ts";
import { joined } from "../http/service.ts";
import { bareList, listUnder } from "../ledger.ts";
import type { AzureRun, RowReader } from "../reader.ts";

const common = {
  service: "Synapse",
  per: "synapse.workspace",
  apiVersion: "2020-12-01",
  right: { plane: "synapse", permission: "Microsoft.Synapse/workspaces/read", role: "Synapse User" },
} as const;

const assignments: ReadDefinition = {
  ...common,
  kind: "synapse.roleAssignment",
  endpoint: "GET /roleAssignments",
  pageSize: 100,
};

const definitions: ReadDefinition = {
  ...common,
  kind: "synapse.roleDefinition",
  endpoint: "GET /roleDefinitions",
  pageSize: null,
};

type Workspace = SynapseWorkspace & { id: string };

/** The grants inside a workspace, at every scope in it. */
export const synapseRoleAssignments: RowReader<Workspace> = {
  kind: "synapse.roleAssignment",
  reads: [assignments],
  rows: readAssignments,
};

/** The roles of Synapse access control, as the workspace answers them. */
export const synapseRoleDefinitions: RowReader<Workspace> = {
  kind: "synapse.roleDefinition",
  reads: [definitions],
  rows: readDefinitions,
};

/** A grant inside a workspace, api-version 2020-12-01. */
export interface SynapseAssignmentAnswer {
  id?: string;
  roleDefinitionId?: string;
  principalId?: string;
  principalType?: string | null;
  scope?: string;
}

/** Pages follow the header x-ms-continuation. */
async function readAssignments(
  { ledger, azure }: AzureRun,
  workspace: Workspace,
): Promise<(SynapseRoleAssignment & { id: string })[]> {
  const { items } = await ledger.read<SynapseAssignmentAnswer>(
    { read: assignments, scope: workspace.id, service: azure.synapse(workspace.name ?? "") },
    listUnder("value"),
    async ({ call, items, expect }) => {
      let token: string | undefined;
      do {
        const headers = token === undefined ? {} : { "x-ms-continuation": token };
        const answer = await call({ method: "GET", path: joined(assignments, ""), headers });
        const page = answer.body as { value: SynapseAssignmentAnswer[]; count?: number };
        items.push(...page.value);
        if (typeof page.count === "number") expect(page.count);
        token = answer.header("x-ms-continuation");
      } while (token !== undefined && token !== "");
    },
  );
  return ledger.rowsOf({ kind: "synapse.roleAssignment", scope: workspace.id }, items, (each) =>
    synapseRoleAssignmentRow(each, workspace.id),
  );
}

/** A grant inside a workspace as a row; null where it has no id. */
export function synapseRoleAssignmentRow(
  each: SynapseAssignmentAnswer,
  workspaceId: string,
): (SynapseRoleAssignment & { id: string }) | null {
  if (typeof each.id !== "string") return null;
  const assignmentId = each.id.toLowerCase();
  const row: SynapseRoleAssignment & { id: string } = {
    id: `${workspaceId}/roleassignments/${assignmentId}`,
    assignmentId,
    workspaceId,
    principalType: each.principalType ?? null,
  };
  if (typeof each.scope === "string") row.scope = lower(each.scope);
  if (typeof each.principalId === "string") row.principalId = each.principalId.toLowerCase();
  if (typeof each.roleDefinitionId === "string") row.roleDefinitionId = each.roleDefinitionId.toLowerCase();
  return row;
}

interface DefinitionAnswer {
  id?: string;
  name?: string;
  description?: string | null;
  permissions?: { actions?: string[]; notActions?: string[]; dataActions?: string[]; notDataActions?: string[] }[];
}

async function readDefinitions(
  { ledger, azure }: AzureRun,
  workspace: Workspace,
): Promise<(SynapseRoleDefinition & { id: string })[]> {
  const { items } = await ledger.read<DefinitionAnswer>(
    { read: definitions, scope: workspace.id, service: azure.synapse(workspace.name ?? "") },
    bareList,
    async ({ call, items }) => {
      const { body } = await call({ method: "GET", path: joined(definitions, "") });
      items.push(...(body as DefinitionAnswer[]));
    },
  );
  return ledger.rowsOf({ kind: "synapse.roleDefinition", scope: workspace.id }, items, (each) => {
    if (typeof each.id !== "string") return null;
    const row: SynapseRoleDefinition & { id: string } = {
      id: each.id.toLowerCase(),
      description: each.description ?? null,
    };
    if (typeof each.name === "string") row.name = each.name;
    if (Array.isArray(each.permissions)) {
      row.permissions = each.permissions.map(({ actions, notActions, dataActions, notDataActions }) => ({
        ...(actions && { actions }),
        ...(notActions && { notActions }),
        ...(dataActions && { dataActions }),
        ...(notDataActions && { notDataActions }),
        condition: null,
        conditionVersion: null,
      }));
    }
    return row;
  });
}
