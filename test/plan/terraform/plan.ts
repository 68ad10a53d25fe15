import { unknown } from "../../../src/plan/plan.ts";
import { readTerraformPlan, type TerraformObjects } from "../../../src/plan/terraform/read.ts";

type Json = unknown;
type Values = { readonly [name: string]: Json };

/** A change of a plan, with what is left out filled in. */
export function change(
  address: string,
  actions: readonly string[],
  told: { before?: Json; after?: Json; open?: Json; secret?: Json; secretBefore?: Json; mode?: "data" } = {},
): Values {
  const [, module = "", rest = ""] =
    /^((?:module\.[\w-]+(?:\[[^\]]*\])?(?:\.|$))*)(.*)$/.exec(address.replace(/^data\./, "")) ?? [];
  const isData = told.mode === "data" || /(?:^|\.)data\./.test(address);
  const [, type, name, key] = /^(?:data\.)?([\w-]+)\.([\w-]+)(?:\[(.+)\])?$/.exec(rest) ?? [];
  return {
    address,
    ...(module !== "" && { module_address: module.replace(/\.$/, "") }),
    mode: isData ? "data" : "managed",
    type,
    name,
    ...(key !== undefined && { index: JSON.parse(key) as Json }),
    provider_name: `registry.terraform.io/hashicorp/${type?.split("_")[0]}`,
    change: {
      actions,
      before: told.before ?? null,
      after: told.after ?? null,
      after_unknown: told.open ?? {},
      before_sensitive: told.secretBefore ?? false,
      after_sensitive: told.secret ?? {},
    },
  };
}

/** What an instance that is made new is and leaves open. */
export function created(address: string, after: Json, open: Json = { id: true }): Values {
  return change(address, ["create"], { after, open });
}

/** A resource of the configuration. References are written as Terraform writes them, longest first. */
export function configured(address: string, expressions: Values = {}, more: Values = {}): Values {
  const isData = address.startsWith("data.");
  const [type, name] = address.replace(/^data\./, "").split(".");
  return {
    address,
    mode: isData ? "data" : "managed",
    type,
    name,
    provider_config_key: type?.split("_")[0],
    expressions,
    ...more,
  };
}

/** A reference with the shorter ones that follow it. */
export function to(...references: readonly string[]): { references: string[] } {
  return {
    references: references.flatMap((each) => {
      const all = [each];
      const least = each.startsWith("data.") ? 3 : 2;
      for (let rest = each; ; ) {
        const shorter = rest.replace(/(?:\.[\w-]+|\[[^\]]*\])$/, "");
        if (shorter === rest || shorter.split(".").length < least || /^(?:var|local|count)\./.test(each)) break;
        all.push(shorter);
        rest = shorter;
      }
      return all;
    }),
  };
}

/** An expression that is written out. */
export function is(value: Json): { constant_value: Json } {
  return { constant_value: value };
}

/** The text of a plan. */
export function planText(parts: {
  changes: readonly Values[];
  resources?: readonly Values[];
  calls?: Values;
  variables?: Values;
  declared?: Values;
  providers?: Values;
  read?: Values;
  more?: Values;
}): string {
  const { changes, resources = [], calls = {}, variables = {}, declared = {}, providers = {}, read, more = {} } = parts;
  return JSON.stringify(
    {
      format_version: "1.2",
      terraform_version: "1.9.4",
      variables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value }])),
      resource_changes: changes,
      ...(read !== undefined && {
        prior_state: { format_version: "1.0", terraform_version: "1.9.4", values: { root_module: read } },
      }),
      configuration: {
        provider_config: providers,
        root_module: { resources, module_calls: calls, variables: declared },
      },
      ...more,
    },
    null,
    1,
  );
}

/** The subscription that tests name. */
export const subscription = "11111111-2222-4333-8444-555555555555";
/** The start of an id in a resource group of it. */
export const group = (name: string): string => `/subscriptions/${subscription}/resourcegroups/${name}`;

/** What a plan changes. */
export function read(parts: Parameters<typeof planText>[0], named: string | null = subscription): TerraformObjects {
  return readTerraformPlan({ file: "plan.json", text: planText(parts) }, { subscription: named });
}

/** What a grant says: its scope, role and principal, each null where it is unknown. */
export function grantOf(objects: TerraformObjects, address: string): Record<string, unknown> {
  const found = objects.objects.find((each) => each.at.address === `terraform:${address}`);
  const properties = (found?.body?.properties ?? {}) as Record<string, unknown>;
  const shown = (value: unknown): unknown => (value === unknown ? null : value);
  return {
    scope: shown(properties.scope),
    role: shown(properties.roleDefinitionName ?? properties.roleDefinitionId),
    principal: shown(properties.principalId),
  };
}
