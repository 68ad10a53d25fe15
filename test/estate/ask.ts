import type { Estate } from "../../src/estate/server.ts";

/** What a row of any answer holds that the tests look at. */
export interface Row {
  id: string;
  name: string;
  displayName: string;
  scope: string;
  properties: Record<string, never> & {
    scope: string;
    roleDefinitionId: string;
    roleName: string;
    principalId: string;
  };
  [field: string]: unknown;
}

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  json(): { value: Row[]; error: { code: string; message: string }; nextLink?: string } & Record<string, unknown>;
}

/** Asks as a reader with a token does; `init` puts something else in its place. */
export async function ask(estate: Estate, path: string, init: RequestInit = {}): Promise<Answered> {
  const url = path.startsWith("http") ? path : estate.url + path;
  const headers = { authorization: "Bearer loopback", ...init.headers };
  const response = await fetch(url, { redirect: "manual", ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

export function post(estate: Estate, path: string, body: unknown = {}): Promise<Answered> {
  return ask(estate, path, { method: "POST", body: JSON.stringify(body) });
}

/** All rows of a list that is paged by links, and how many rows each page held. */
export async function all(estate: Estate, path: string): Promise<{ rows: Row[]; pages: number[] }> {
  const rows: Row[] = [];
  const pages: number[] = [];
  for (let next: string | undefined = path; next; ) {
    const page = (await ask(estate, next)).json();
    rows.push(...page.value);
    pages.push(page.value.length);
    next = page.nextLink ?? (page["@odata.nextLink"] as string | undefined);
  }
  return { rows, pages };
}

export const subscriptions = {
  platform: "/subscriptions/57de8890-e5b3-4935-9cfe-26e5849e978d",
  dev: "/subscriptions/98a28ae4-18c6-4887-99d1-a88c320a666e",
  test: "/subscriptions/049d9dc7-39d0-4064-8317-ebaacd449a27",
  prod: "/subscriptions/0cdc99cb-7a87-41f2-9f25-a5b5d07bf95f",
} as const;

export const assignmentsOf = (scope: string) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;
export const definitionsOf = (scope: string) =>
  `${scope}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-05-01-preview`;
