import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findSecrets } from "../../src/secrets/find.ts";
import { fingerprinter } from "../../src/secrets/fingerprint.ts";

const masked = (value: string) => findSecrets({ path: "c", key: "c", value }).masked;
const dots = "••••••••";

describe("a password in a connection string is taken by the rules of its quoting", () => {
  for (const [name, value, expected] of [
    [
      "bare, to the semicolon",
      "Server=s;User ID=u;Password=Zq7!x k=2;Encrypt=True",
      `Server=s;User ID=u;Password=${dots};Encrypt=True`,
    ],
    [
      "in double quotes, with a semicolon",
      'Server=s;Password="Zq7;x"";y";Encrypt=True',
      `Server=s;Password="${dots}";Encrypt=True`,
    ],
    ["in single quotes", "Server=s;Pwd='Zq7;''x';Encrypt=True", `Server=s;Pwd='${dots}';Encrypt=True`],
    [
      "in the braces of ODBC",
      "Driver={ODBC Driver 18 for SQL Server};Server=s;UID=u;PWD={Zq7;}}x};Encrypt=yes",
      `Driver={ODBC Driver 18 for SQL Server};Server=s;UID=u;PWD={${dots}};Encrypt=yes`,
    ],
    ["at the end", "Server=s;UID=u;PWD=Zq7!x", `Server=s;UID=u;PWD=${dots}`],
    ["at the start", "Password=Zq7!x;Server=s;UID=u", `Password=${dots};Server=s;UID=u`],
    [
      "with blanks around",
      "Server = s ; Password = Zq7!x ; Encrypt = True",
      `Server = s ; Password = ${dots} ; Encrypt = True`,
    ],
    ["inside a string of code", 'connect("Server=s;UID=u;PWD=Zq7!x")', `connect("Server=s;UID=u;PWD=${dots}")`],
    ["inside JSON", '{"c":"Server=s;UID=u;PWD=Zq7!x"}', `{"c":"Server=s;UID=u;PWD=${dots}"}`],
    ["quoted inside JSON", '{"c":"Server=s;PWD=\\"Zq7;x\\";UID=u"}', `{"c":"Server=s;PWD=\\"${dots}\\";UID=u"}`],
    [
      "as OLE DB writes it",
      "Provider=MSOLEDBSQL;Data Source=s;User Id=u;Password=Zq7!x;Persist Security Info=True",
      `Provider=MSOLEDBSQL;Data Source=s;User Id=u;Password=${dots};Persist Security Info=True`,
    ],
    [
      "of JDBC",
      "jdbc:sqlserver://s:1433;user=u;password={Zq7;x};encrypt=true",
      `jdbc:sqlserver://s:1433;user=u;password={${dots}};encrypt=true`,
    ],
    [
      "of an application",
      "Data Source=https://kusto;AppClientId=a;AppKey=Zq7xx1;Authority Id=t",
      `Data Source=https://kusto;AppClientId=a;AppKey=${dots};Authority Id=t`,
    ],
    ["of Redis", "cache:6380,password=Zq7xx=,ssl=True", `cache:6380,password=${dots},ssl=True`],
    [
      "of libpq",
      "host=h dbname=d user=u password=Zq7xx1 sslmode=require",
      `host=h dbname=d user=u password=${dots} sslmode=require`,
    ],
    [
      "of SignalR",
      "Endpoint=https://x.service.signalr.net;AccessKey=Zq7xx1aa;Version=1.0;",
      `Endpoint=https://x.service.signalr.net;AccessKey=${dots};Version=1.0;`,
    ],
    ["as small as it may be", "Server=s;UID=u;PWD=7", `Server=s;UID=u;PWD=${dots}`],
    [
      "in two strings of one text",
      "A: Server=s;PWD=Zq7!x;\nB: Server=t;PWD=Yy8!z;",
      `A: Server=s;PWD=${dots};\nB: Server=t;PWD=${dots};`,
    ],
  ] as const) {
    it(name, () => expect(masked(value)).toBe(expected));
  }

  it("whatever it holds, in quotes", () => {
    const value = fc.string({ minLength: 6, maxLength: 30 }).map((text) => `Z7!${text.replace(/[\\"\r\n]/g, "")}x9`);
    fc.assert(
      fc.property(value, (secret) => {
        expect(masked(`Server=s;User ID=u;Password="${secret}";Encrypt=True`)).toBe(
          `Server=s;User ID=u;Password="${dots}";Encrypt=True`,
        );
      }),
      { numRuns: 500, seed: 20261123, examples: [["Z7!{}x9"], ["Z7!;Pwd=ax9"]] },
    );
  });

  it("gives the same fingerprint quoted and bare", () => {
    const told = (value: string) =>
      findSecrets({ path: "c", key: "c", value }, fingerprinter("k")).secrets[0]?.fingerprint;
    expect(told('Server=s;Password="Zq7!x";A=b')).toBe(told("Server=t;UID=x;Pwd=Zq7!x"));
  });
});
