import { type Answer, type EstateRequest, list, reply } from "./answer.ts";
import type { ArmResource, EstateData } from "./data.ts";
import { failure } from "./failure.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { normalise } from "./scope.ts";

const childrenOf = (group: ArmResource): JsonObject[] => {
  const children = group.properties.children;
  return Array.isArray(children) ? children.filter(isObject) : [];
};

function find(data: EstateData, id: Json | undefined): ArmResource | undefined {
  return data.arm.managementGroups.find((group) => normalise(group.id) === normalise(String(id)));
}

function nested(data: EstateData, group: ArmResource): JsonObject[] {
  return childrenOf(group).map((child) => {
    const below = find(data, child.id);
    return below ? { ...child, children: nested(data, below) } : child;
  });
}

function descendants(data: EstateData, group: ArmResource): JsonObject[] {
  return childrenOf(group).flatMap((child) => {
    const below = find(data, child.id);
    const row = {
      id: child.id ?? null,
      type: child.type ?? null,
      name: child.name ?? null,
      properties: { displayName: child.displayName ?? null, parent: { id: group.id } },
    };
    return below ? [row, ...descendants(data, below)] : [row];
  });
}

/** `/providers/Microsoft.Management/managementGroups[/{id}[/descendants]]`. */
export function managementGroups(request: EstateRequest, data: EstateData, rest: string[], size: number): Answer {
  const [name, tail] = rest;
  if (name === undefined) {
    const rows = data.arm.managementGroups.map(({ id, type, name, properties }) => ({
      id,
      type: type ?? null,
      name,
      properties: { tenantId: properties.tenantId ?? null, displayName: properties.displayName ?? null },
    }));
    return list(rows, { by: "nextLink", size });
  }
  const group = find(data, `/providers/Microsoft.Management/managementGroups/${name}`);
  if (!group || (tail !== undefined && tail.toLowerCase() !== "descendants")) {
    return failure("arm", 404, "NotFound", `'${request.path}' not found.`);
  }
  if (tail !== undefined) return list(descendants(data, group), { by: "nextLink", size });
  const { children, ...properties } = group.properties;
  if (request.query.get("$expand")?.toLowerCase() !== "children") return reply({ ...group, properties });
  const recurse = request.query.get("$recurse")?.toLowerCase() === "true";
  return reply({ ...group, properties: { ...properties, children: recurse ? nested(data, group) : (children ?? []) } });
}
