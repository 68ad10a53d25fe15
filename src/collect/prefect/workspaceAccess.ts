import type { PrefectWorkspaceAccess } from "../../resources/generated.ts";
import { timestamp } from "../forms.ts";

import type { NewRow } from "../reader.ts";
import { maskName } from "../values.ts";
import { readList } from "./list.ts";
import { oncePerPlace } from "./once.ts";
import {
  cloudAccounts,
  type PrefectObject,
  type PrefectReader,
  type PrefectRun,
  prefectList,
  prefectScope,
  timesOf,
} from "./server.ts";

type Row = PrefectWorkspaceAccess & { id: string };

interface RoleAnswer extends PrefectObject {
  name?: string;
  /** null for the roles that Prefect ships. */
  account_id?: string | null;
  scopes?: string[];
}

interface AccessAnswer extends PrefectObject {
  workspace_id?: string;
  workspace_role_id?: string;
  actor_id?: string;
  first_name?: string;
  last_name?: string;
  handle?: string;
  email?: string;
  bot_name?: string;
}

interface TeamAnswer extends PrefectObject {
  name?: string;
  memberships?: { id: string }[];
  workspaces?: { workspace_id: string; workspace_role_id: string; workspace_role_name?: string }[];
}

interface MembershipAnswer extends PrefectObject {
  actor_id?: string;
  first_name?: string | null;
  last_name?: string | null;
  handle?: string | null;
  email?: string | null;
  account_role_name?: string;
  account_role_id?: string;
  active?: boolean;
  last_login?: string | null;
}

const kind = "prefect.workspaceAccess";
const userList = prefectList(kind, "user_access", "see_workspace_users", { per: "workspace" });
const botList = prefectList(kind, "bot_access", "see_workspace_service_accounts", { per: "workspace" });
/** The plans with teams (https://registry.terraform.io/providers/PrefectHQ/prefect, resource team). */
const teamList = prefectList(kind, "teams", "read:team", { per: "account", plans: ["ENTERPRISE"] });
const memberList = prefectList(kind, "account_memberships", "read:account_membership", { per: "account" });
const roleList = prefectList(kind, "workspace_roles", "read:workspace_role", {
  per: "account",
  fields: ["role", "customRole", "scopes"],
});

const readRoles = oncePerPlace(async (run) => {
  const { items } = await readList<RoleAnswer>(run, roleList, { counted: false });
  return new Map(items.map((each) => [each.id, each]));
});

/** The roles of the account that a workspace stands in, read once. */
async function rolesOf(run: PrefectRun): Promise<ReadonlyMap<string, RoleAnswer>> {
  const account = cloudAccounts(run.servers).find(({ name }) => name === `account/${run.prefect.cloud?.accountId}`);
  return account === undefined ? new Map() : readRoles({ ...run, prefect: account });
}

/** What a role's id tells; nothing where the roles were not read. */
function roleFields(roles: ReadonlyMap<string, RoleAnswer>, roleId: string | undefined): Partial<Row> {
  if (roleId === undefined) return {};
  const role = roles.get(roleId);
  const fields: Partial<Row> = { roleId };
  if (role?.name !== undefined) fields.role = role.name;
  if (role?.account_id !== undefined) fields.customRole = role.account_id !== null;
  if (Array.isArray(role?.scopes)) fields.scopes = role.scopes;
  return fields;
}

/** The parts that every row has. */
function common(run: PrefectRun, each: PrefectObject): Pick<Row, "accountId" | "created" | "updated"> {
  const { cloud } = run.prefect;
  return {
    ...(cloud !== null && { accountId: cloud.accountId }),
    ...timesOf(each),
  };
}

function fullName(each: Pick<MembershipAnswer, "first_name" | "last_name" | "handle">): string {
  const name = [each.first_name, each.last_name].filter((part) => part).join(" ");
  return shown(name || each.handle);
}

/** A name without a credential in it. */
function shown(name: string | null | undefined): string {
  return maskName(name ?? "", undefined).name;
}

/** The users who have a role in a workspace. */
export const userAccess = accessIn(userList, "users", "user");
/** The service accounts that have a role in a workspace. */
export const serviceAccountAccess = accessIn(botList, "serviceAccounts", "serviceAccount");

function accessIn(list: typeof userList, part: string, through: "user" | "serviceAccount"): PrefectReader {
  return {
    kind,
    level: "cloudWorkspace",
    part,
    reads: [list, roleList],
    rows: async (run) => {
      const { ledger, prefect } = run;
      const [{ items }, roles] = await Promise.all([
        readList<AccessAnswer>(run, list, { counted: false, sort: "CREATED_ASC", part }),
        rolesOf(run),
      ]);
      return ledger.rowsOf({ kind, scope: prefectScope(prefect.name, part) }, items, (each): NewRow => {
        const row: Row = {
          ...common(run, each),
          id: `prefect:${prefect.name}/access/${each.id}`,
          api: prefect.name,
          through,
          teamName: null,
          name: through === "user" ? fullName(each) : shown(each.bot_name),
          email: each.email ?? null,
          members: [],
          active: true,
          lastLogin: null,
          ...roleFields(roles, each.workspace_role_id),
        };
        if (each.workspace_id !== undefined) row.workspaceUuid = each.workspace_id;
        if (each.actor_id !== undefined) row.actorId = each.actor_id;
        return row;
      });
    },
  };
}

/** The teams of an account, each with the workspaces that it has a role in. */
export const teamAccess: PrefectReader = {
  kind,
  level: "cloudAccount",
  part: "teams",
  reads: [teamList, roleList],
  rows: async (run) => {
    const { ledger, prefect } = run;
    const scope = prefectScope(prefect.name, "teams");
    const [{ items }, roles] = await Promise.all([
      readList<TeamAnswer>(run, teamList, { counted: false, sort: "CREATED_ASC", part: "teams" }),
      rolesOf(run),
    ]);
    return ledger
      .rowsOf({ kind, scope }, items, (team) =>
        (team.workspaces ?? []).map((each): Row => {
          const row: Row = {
            ...common(run, team),
            id: `${prefectScope(prefect.name)}/team/${team.id}/${each.workspace_id}`,
            api: null,
            workspaceUuid: each.workspace_id,
            through: "team",
            actorId: null,
            teamName: team.name ?? "",
            name: shown(team.name),
            email: null,
            active: true,
            lastLogin: null,
            ...roleFields(roles, each.workspace_role_id),
          };
          if (each.workspace_role_name !== undefined) row.role = each.workspace_role_name;
          if (team.memberships !== undefined) row.members = team.memberships.map(({ id }) => id);
          return row;
        }),
      )
      .flat();
  },
};

/** The members of an account, with their role in it: an owner or admin owns every workspace. */
export const accountMembers: PrefectReader = {
  kind,
  level: "cloudAccount",
  part: "members",
  reads: [memberList],
  rows: async (run) => {
    const { ledger, prefect } = run;
    const { items } = await readList<MembershipAnswer>(run, memberList, { sort: "CREATED_ASC", part: "members" });
    return ledger.rowsOf({ kind, scope: prefectScope(prefect.name, "members") }, items, (each) => {
      const row: Row = {
        ...common(run, each),
        id: `${prefectScope(prefect.name)}/member/${each.actor_id ?? each.id}`,
        api: null,
        workspaceUuid: null,
        through: "account",
        teamName: null,
        name: fullName(each),
        email: each.email ?? null,
        members: [],
        customRole: null,
        scopes: [],
        lastLogin: timestamp(each.last_login),
      };
      if (each.actor_id !== undefined) row.actorId = each.actor_id;
      if (each.account_role_id !== undefined) row.roleId = each.account_role_id;
      if (each.account_role_name !== undefined) row.role = each.account_role_name;
      if (each.active !== undefined) row.active = each.active;
      return row;
    });
  },
};
