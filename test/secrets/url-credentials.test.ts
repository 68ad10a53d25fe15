import { describe, expect, it } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";

const told = (value: string) => {
  const { masked, secrets } = findSecrets({ path: "u", key: "u", value });
  return [masked, ...secrets.map((secret) => secret.type)];
};
const dots = "••••••••";

describe("a password in an address", () => {
  for (const [name, value, expected] of [
    ["percent-encoded", "postgresql://u:Zq%407%2Fx@h:5432/db", `postgresql://u:${dots}@h:5432/db`],
    ["with a slash that should have been encoded", "postgresql://u:Zq7/x@h/db", `postgresql://u:${dots}@h/db`],
    ["with an @ that should have been encoded", "postgresql://u:Zq7@x@h/db", `postgresql://u:${dots}@h/db`],
    ["with a slash and then an @", "mssql://u:Zq/7x@ef@h:1433/db", `mssql://u:${dots}@h:1433/db`],
    ["with an @ between slashes", "mssql://u:Zq/7x@-e/f@h/db", `mssql://u:${dots}@h/db`],
    ["with a colon", "postgresql://u:Zq7:x@h/db", `postgresql://u:${dots}@h/db`],
    ["without a user", "redis://:Zq7x@h:6379/0", `redis://:${dots}@h:6379/0`],
    ["with several hosts", "mongodb+srv://u:Zq7x@a,b,c/db", `mongodb+srv://u:${dots}@a,b,c/db`],
    ["of git", "git+https://u:Zq7x1234@github.com/a/b.git@main", `git+https://u:${dots}@github.com/a/b.git@main`],
    ["in a sentence", "see https://u:Zq7x@h/p, then", `see https://u:${dots}@h/p, then`],
    ["beside another", "amqp://u:Zq7x@h amqp://v:Yy8z@i", `amqp://u:${dots}@h amqp://v:${dots}@i`],
    [
      "as a parameter",
      "jdbc:mysql://h/db?user=u&password=Zq7x&useSSL=true",
      `jdbc:mysql://h/db?user=u&password=${dots}&useSSL=true`,
    ],
    ["with a host from a template", "mssql://u:Zq7x@{{ host }}/db", `mssql://u:${dots}@{{ host }}/db`],
    [
      "of Synapse, by pyodbc",
      "mssql+pyodbc:///?odbc_connect=Driver%3D%7BX%7D%3BServer%3Ds%3BPwd%3DZq7x%3BUid%3Du",
      `mssql+pyodbc:///?odbc_connect=Driver%3D%7BX%7D%3BServer%3Ds%3BPwd%3D${dots}%3BUid%3Du`,
    ],
  ] as const) {
    it(name, () => expect(told(value)[0]).toBe(expected));
  }

  it("a token in the place of the user", () => {
    expect(told("https://aZ4kZ9qpLw72mNvB0cXy@dev.azure.com/contoso/_git/flows")).toEqual([
      `https://${dots}@dev.azure.com/contoso/_git/flows`,
      "token_in_url",
    ]);
  });

  for (const value of [
    "https://contoso@dev.azure.com/contoso/_git/flows",
    "http://localhost:4200/@scope/x:y@z",
    "https://h:443/a?b=c@d",
    "https://user:@h/",
    "https://u:%24%7BPW%7D@h/",
    "https://u:<password>@h/",
    "https://u:{password}@h/",
    "https://u:%(password)s@h/",
    "ssh://git@h:22/a",
    "mailto://a:b",
    "https://h/a:b@c",
    "wasbs://c@a.blob.core.windows.net/p:q",
    "https://:@h",
    "://u:p@h",
  ]) {
    it(`none in ${value}`, () => expect(told(value)).toEqual([value]));
  }
});
