/** A right that a read needs: the permission itself, and the smallest ready-made role that holds it. */
export interface Right {
  /**
   * Where it is granted: Azure roles (`azure`; `azureData` for what only a role's data actions give), Microsoft Graph
   * application permissions, Synapse roles inside a workspace, Prefect, or the files of this machine.
   */
  plane: "azure" | "azureData" | "graph" | "synapse" | "prefect" | "files";
  /** As in Microsoft.Authorization/roleAssignments/read, or Application.Read.All. */
  permission: string;
  /** The smallest built-in role that holds it, as in Reader; null where permissions are granted one by one, as in Graph. */
  role: string | null;
}

/** The services that are asked. */
export type ServiceName =
  | "Azure Resource Manager"
  | "Microsoft Graph"
  | "Synapse"
  | "Key Vault"
  | "Data Lake"
  | "Prefect"
  | "Repository";

/** One read that leastwise can make: everything that is known of it before any request. */
export interface ReadDefinition {
  /** The kind whose rows it brings or completes. */
  readonly kind: string;
  /** The fields that it brings to rows of another read; absent where it brings the rows. */
  readonly fields?: readonly string[];
  /** A further kind whose rows the same answers hold; it gets a line of its own in the ledger. */
  readonly also?: string;
  readonly service: ServiceName;
  /** What it is made once for: `tenant`, a `server` of Prefect, the `repository`, or each row of a kind. */
  readonly per: string;
  /** Method and path; `{scope}` stands for the id of what it is made for. The host is the service's. */
  readonly endpoint: string;
  readonly apiVersion: string | null;
  readonly right: Right;
  /** How many items the service gives at once, at most; null where one answer holds everything. */
  readonly pageSize: number | null;
  /**
   * Whether it is a list of everything in the tenant, whatever was found before: where a tenant is read in parts, the
   * first reads it for all, and the others get nothing and count it as not complete.
   */
  readonly once?: true;
}

/** The name of a read, as in azure.roleAssignment or synapse.workspace.firewallRules; a line of the ledger begins with it. */
export function readName({ kind, fields }: Pick<ReadDefinition, "kind" | "fields">): string {
  return fields === undefined ? kind : `${kind}.${fields.join("+")}`;
}

/** A right in words, for people. */
export function rightText({ plane, permission, role }: Right): string {
  switch (plane) {
    case "graph":
      return `Graph ${permission}`;
    case "synapse":
      return `${permission}, in ${role} on the workspace; Azure roles such as Reader do not grant it`;
    case "azureData":
      return `${permission}, in ${role}; Reader does not hold it`;
    case "azure":
      return role === null ? permission : `${permission}, in ${role}`;
    case "prefect":
    case "files":
      return permission;
  }
}

/** A permission of Azure's control plane, which Reader holds as it holds every action that ends in read. */
export function reader(permission: string): Right {
  return { plane: "azure", permission, role: "Reader" };
}

/** An application permission of Microsoft Graph. */
export function graphPermission(permission: string): Right {
  return { plane: "graph", permission, role: null };
}
