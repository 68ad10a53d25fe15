import type { SynapseRoleAssignment, SynapseRoleDefinition, SynapseWorkspace } from "../../resources/generated.ts";
import type { AzureServices } from "../azure/services.ts";
import { bareList, type Ledger, listUnder } from "../ledger.ts";

const apiVersion = "2020-12-01";
const permission = "Synapse User on the workspace; Azure roles such as Reader do not grant it";

interface AssignmentAnswer {
  id?: string;
  roleDefinitionId?: string;
  principalId?: string;
  principalType?: string | null;
  scope?: string;
}

/** The grants inside a workspace, at every scope in it. Pages follow the header x-ms-continuation. */
export async function readSynapseRoleAssignments(
  ledger: Ledger,
  azure: AzureServices,
  workspace: SynapseWorkspace & { id: string },
): Promise<(SynapseRoleAssignment & { id: string })[]> {
  const service = azure.synapse(workspace.name ?? "");
  const { items } = await ledger.read<AssignmentAnswer>(
    {
      kind: "synapse.roleAssignment",
      scope: workspace.id,
      service,
      endpoint: "GET /roleAssignments",
      apiVersion,
      permission,
    },
    listUnder("value"),
    async ({ call, items, expect }) => {
      let token: string | undefined;
      do {
        const headers = token === undefined ? {} : { "x-ms-continuation": token };
        const answer = await call({ method: "GET", path: `/roleAssignments?api-version=${apiVersion}`, headers });
        const page = answer.body as { value: AssignmentAnswer[]; count?: number };
        items.push(...page.value);
        if (typeof page.count === "number") expect(page.count);
        token = answer.header("x-ms-continuation");
      } while (token !== undefined && token !== "");
    },
  );
  return ledger.rowsOf({ kind: "synapse.roleAssignment", scope: workspace.id }, items, (each) => {
    if (typeof each.id !== "string") return null;
    const row: SynapseRoleAssignment & { id: string } = {
      id: `${workspace.id}/roleassignments/${each.id.toLowerCase()}`,
      workspaceId: workspace.id,
      principalType: each.principalType ?? null,
    };
    if (typeof each.scope === "string") row.scope = each.scope.toLowerCase();
    if (typeof each.principalId === "string") row.principalId = each.principalId.toLowerCase();
    if (typeof each.roleDefinitionId === "string") row.roleDefinitionId = each.roleDefinitionId.toLowerCase();
    return row;
  });
}

interface DefinitionAnswer {
  id?: string;
  name?: string;
  description?: string | null;
  permissions?: { actions?: string[]; notActions?: string[]; dataActions?: string[]; notDataActions?: string[] }[];
}

/** The roles of Synapse access control, as the workspace answers them. */
export async function readSynapseRoleDefinitions(
  ledger: Ledger,
  azure: AzureServices,
  workspace: SynapseWorkspace & { id: string },
): Promise<(SynapseRoleDefinition & { id: string })[]> {
  const { items } = await ledger.read<DefinitionAnswer>(
    {
      kind: "synapse.roleDefinition",
      scope: workspace.id,
      service: azure.synapse(workspace.name ?? ""),
      endpoint: "GET /roleDefinitions",
      apiVersion,
      permission,
    },
    bareList,
    async ({ call, items }) => {
      const { body } = await call({ method: "GET", path: `/roleDefinitions?api-version=${apiVersion}` });
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
