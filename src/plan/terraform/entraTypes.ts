import { type PlannedValue, unknown } from "../plan.ts";
import type { Translation } from "./azureTypes.ts";
import { type Body, body, inside, type Made, type Reader } from "./reader.ts";
import { addressId } from "./resolve.ts";

/** Resources of the azuread provider, as Microsoft Graph answers what they make. */
export const entraTypes: Readonly<Record<string, Translation>> = {
  azuread_application: application,
  azuread_application_registration: application,
  azuread_service_principal: (reader) => [servicePrincipal(reader)],
  azuread_application_password: (reader) => [credential(reader, "applications", "passwordcredentials")],
  azuread_application_certificate: (reader) => [credential(reader, "applications", "keycredentials")],
  azuread_service_principal_password: (reader) => [credential(reader, "serviceprincipals", "passwordcredentials")],
  azuread_service_principal_certificate: (reader) => [credential(reader, "serviceprincipals", "keycredentials")],
  azuread_service_principal_token_signing_certificate: (reader) => [
    credential(reader, "serviceprincipals", "keycredentials", "Sign"),
  ],
  azuread_application_federated_identity_credential: (reader) => [trust(reader)],
  azuread_application_flexible_federated_identity_credential: (reader) => [trust(reader)],
  azuread_group: (reader) => [group(reader)],
  azuread_group_without_members: (reader) => [group(reader)],
  azuread_group_member: (reader) => [member(reader)],
  azuread_user: (reader) => [
    {
      type: "microsoft.graph/users",
      id: reader.id,
      body: body({
        displayName: reader.get("display_name"),
        accountEnabled: reader.get("account_enabled"),
        userType: reader.get("user_type"),
      }),
    },
  ],
  azuread_directory_role_assignment: (reader) => [
    directoryRole(reader, reader.get("role_id"), reader.principal("principal_object_id")),
  ],
  azuread_directory_role_member: (reader) => [
    // It names the role as it is activated in the tenant, which is another id than the role's own.
    directoryRole(reader, unknown, reader.principal("member_object_id")),
  ],
  azuread_app_role_assignment: (reader) => [appRole(reader)],
};

function application(reader: Reader): readonly Made[] {
  const made: Made = {
    type: "microsoft.graph/applications",
    id: reader.id,
    body: body({
      displayName: reader.get("display_name"),
      appId: reader.text("client_id") ?? reader.text("application_id") ?? undefined,
      signInAudience: reader.get("sign_in_audience"),
      owners: reader.list("principal", "owners"),
    }),
  };
  // A password that is written into the application itself.
  const passwords = reader.blocks("password");
  if (passwords === unknown) return [made];
  return [
    made,
    ...passwords.map(
      (path, index): Made => ({
        type: "microsoft.graph/applications/passwordcredentials",
        id:
          credentialId("application", made.id, reader.text(...path, "key_id")) ??
          `${addressId(reader.instance.address)}.password[${index}]`,
        body: {
          parentId: made.id,
          ...dates(reader, path),
          ...body({ displayName: reader.get(...path, "display_name") }),
        },
      }),
    ),
  ];
}

function servicePrincipal(reader: Reader): Made {
  return {
    type: "microsoft.graph/serviceprincipals",
    id: reader.id,
    body: body({
      appId: reader.named("client", reader.get("client_id") === undefined ? "application_id" : "client_id"),
      displayName: reader.text("display_name") ?? undefined,
      accountEnabled: reader.get("account_enabled"),
      owners: reader.list("principal", "owners"),
    }),
  };
}

function dates(reader: Reader, path: readonly (string | number)[] = []): Body {
  return body({
    keyId: reader.text(...path, "key_id") ?? undefined,
    startDateTime: reader.text(...path, "start_date") ?? undefined,
    endDateTime: reader.text(...path, "end_date") ?? endAfter(reader, path) ?? unknown,
  });
}

/** When something ends that lasts for a time, which Go writes as in 8760h or 2400h30m; null where that is not said. */
function endAfter(reader: Reader, path: readonly (string | number)[]): string | null {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(reader.text(...path, "end_date_relative") ?? "");
  const start = reader.text(...path, "start_date");
  const from = start === null ? reader.around.now?.getTime() : Date.parse(start);
  if (parts === null || parts[0] === "" || from === undefined || Number.isNaN(from)) return null;
  const [hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((each) => Number(each ?? 0));
  const end = new Date(from + ((hours * 60 + minutes) * 60 + seconds) * 1000);
  return Number.isNaN(end.getTime()) ? null : end.toISOString();
}

function credentialId(
  on: "application" | "servicePrincipal",
  owner: PlannedValue | undefined,
  key: string | null,
): string | null {
  return typeof owner === "string" && !owner.startsWith("terraform:") && key !== null && key !== ""
    ? `${on}/${owner}/${key}`
    : null;
}

function credential(
  reader: Reader,
  on: "applications" | "serviceprincipals",
  list: "passwordcredentials" | "keycredentials",
  usage?: string,
): Made {
  const owner = ownerOf(reader, on);
  const key = reader.text("key_id");
  return {
    type: `microsoft.graph/${on}/${list}`,
    id:
      credentialId(on === "applications" ? "application" : "servicePrincipal", owner, key) ??
      addressId(reader.instance.address),
    body: inside(owner, {
      ...dates(reader),
      ...body({ displayName: reader.get("display_name"), usage }),
    }),
  };
}

/** Whose credential it is. */
function ownerOf(reader: Reader, on: "applications" | "serviceprincipals"): PlannedValue | undefined {
  if (on === "serviceprincipals") return reader.principal("service_principal_id");
  return reader.named(
    "object",
    reader.get("application_id") === undefined ? "application_object_id" : "application_id",
  );
}

function trust(reader: Reader): Made {
  const owner = ownerOf(reader, "applications");
  const expression = reader.get("claims_matching_expression");
  return {
    type: "microsoft.graph/applications/federatedidentitycredentials",
    id: credentialId("application", owner, reader.text("credential_id")) ?? addressId(reader.instance.address),
    body: inside(
      owner,
      body({
        name: reader.get("display_name"),
        issuer: reader.get("issuer"),
        subject: reader.get("subject"),
        audiences: reader.get("audiences") ?? audience(reader.get("audience")),
        claimsMatchingExpression: expression === undefined ? undefined : { value: expression },
      }),
    ),
  };
}

function audience(value: PlannedValue | undefined): PlannedValue | undefined {
  return value === undefined || value === unknown || Array.isArray(value) ? value : [value];
}

function group(reader: Reader): Made {
  const rule = reader.get("dynamic_membership", 0, "rule");
  return {
    type: "microsoft.graph/groups",
    id: reader.id,
    body: body({
      displayName: reader.get("display_name"),
      groupTypes: reader.get("types"),
      membershipRule: reader.get("dynamic_membership") === unknown ? unknown : rule,
      isAssignableToRole: reader.get("assignable_to_role"),
      visibility: reader.text("visibility") || undefined,
      members: reader.list("principal", "members"),
      owners: reader.list("principal", "owners"),
    }),
  };
}

function member(reader: Reader): Made {
  const inGroup = reader.principal("group_object_id");
  const who = reader.principal("member_object_id");
  const isKnown = typeof inGroup === "string" && typeof who === "string" && !`${inGroup}${who}`.includes("/");
  return {
    type: "microsoft.graph/groups/members",
    id: isKnown ? `${inGroup}/member/${who}` : addressId(reader.instance.address),
    body: inside(inGroup, body({ memberId: who })),
  };
}

function directoryRole(reader: Reader, role: PlannedValue | undefined, principal: PlannedValue | undefined): Made {
  return {
    type: "microsoft.graph/directoryroleassignments",
    id: reader.id,
    body: body({
      principalId: principal ?? unknown,
      roleDefinitionId: role ?? unknown,
      directoryScopeId: reader.text("directory_scope_id") || reader.text("app_scope_id") || undefined,
    }),
  };
}

function appRole(reader: Reader): Made {
  const told = reader.text("id");
  return {
    type: "microsoft.graph/approleassignments",
    id: told === null ? addressId(reader.instance.address) : told.slice(told.lastIndexOf("/") + 1),
    body: body({
      principalId: reader.principal("principal_object_id") ?? unknown,
      resourceId: reader.principal("resource_object_id") ?? unknown,
      appRoleId: reader.get("app_role_id"),
      resourceDisplayName: reader.text("resource_display_name") ?? undefined,
    }),
  };
}
