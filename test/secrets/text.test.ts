import { describe, expect, it } from "vitest";
import { fingerprinter } from "../../src/secrets/fingerprint.ts";
import { scanText } from "../../src/secrets/text.ts";
import { annotatedKey, entraSecret, generator, githubToken, identifiableKey, kinds } from "./generate.ts";

const told = (file: string, text: string) =>
  scanText(file, text, { budget: 60_000 }).secrets.map(({ path, type, tier, line, column }) => ({
    path,
    type,
    tier,
    at: [line, column],
  }));
const clear = (path: string, tier: "format" | "contextual", line: number, column: number) => ({
  path,
  type: "secret_in_the_clear",
  tier,
  at: [line, column],
});

describe("what a structure itself calls secret", () => {
  it("is one, however plain: SecureString of Synapse, securestring of ARM, @secure() of Bicep, sensitive of Terraform", () => {
    expect(
      told("ls.json", '{"typeProperties": {\n  "token": {"type": "SecureString", "value": "plain words"}}}'),
    ).toEqual([clear("typeProperties.token.value", "format", 2, 47)]);
    expect(told("t.json", '{"parameters": {"p": {"defaultValue": "plain", "type": "securestring"}}}')).toEqual([
      clear("parameters.p.defaultValue", "format", 1, 40),
    ]);
    expect(told("m.bicep", "@secure()\n@minLength(3)\nparam p string = 'plain'\nparam q string = 'plain'")).toEqual([
      clear("p", "format", 3, 19),
    ]);
    expect(told("m.tf", 'variable "p" {\n  default   = "plain"\n  sensitive = true\n}')).toEqual([
      clear("variable.p.default", "format", 2, 16),
    ]);
  });

  it("is none where it is a reference, a mask or empty", () => {
    for (const value of ["", "********", "@{linkedService().p}", "[parameters('p')]"])
      expect(told("ls.json", JSON.stringify({ p: { type: "SecureString", value } }))).toEqual([]);
    expect(told("m.bicep", "@secure()\nparam p string = ''\n@secure()\nparam q string = newGuid()")).toEqual([]);
  });
});

describe("code", () => {
  it("holds secrets only in its literals and remarks", () => {
    const text = [
      "# password = 'Zq7!xx11'",
      "password = fetch1(key2)[0]",
      'if password == "Zq7!xx22": pass',
      'token = "Zq7!" "xx33aabbccdd" "eeff"',
      'secret = f"{Zq7}!{xx44}"',
      'd = {"password": other1, "b": ["x", {"client_secret": "Zq7!xx55"}]}',
    ].join("\n");
    expect(told("a.py", text).map(({ at }) => at)).toEqual([
      [1, 15],
      [4, 10],
      [6, 56],
    ]);
  });

  it("that is broken is looked at as text", () => {
    const found = scanText("a.py", 'def (:\n  password = "Zq7!xx11"\n');
    expect(found.format).toBe("text");
    expect(found.secrets.map(({ line, column }) => [line, column])).toEqual([[2, 15]]);
    expect(scanText("a.json", '{"a": [1, {"password": "Zq7!xx11"}').secrets).toHaveLength(1);
    expect(scanText("a.yaml", "a: [b\n password: Zq7!xx11\nc: }").secrets).toHaveLength(1);
  });
});

describe("the place of a secret", () => {
  it("counts UTF-16 code units from 1, without a byte order mark, over every kind of line break", () => {
    expect(told("a.json", '\ufeff{"password": "Zq7!xx11"}')[0]?.at).toEqual([1, 15]);
    expect(told("a.json", '{"\u{1f511}": 1, "password": "Zq7!xx11"}')[0]?.at).toEqual([1, 24]);
    expect(told("a.yaml", "a: 1\r\nb:\r\n  password: Zq7!xx11\r\n")[0]?.at).toEqual([3, 13]);
  });

  it("is that of the part after its name in a concatenation over lines", () => {
    expect(told("a.py", 'c = ("Server=tcp:x.database.windows.net;"\n     "Password=Zq7!xx11;Encrypt=yes")')).toEqual([
      { path: "c", type: "azure_sql_password", tier: "format", at: [2, 16] },
    ]);
  });
});

describe("a checksum", () => {
  const make = () => generator(77);
  for (const [type, sound, broken] of [
    [
      "azure_storage_account_key",
      identifiableKey(make(), "+ASt", 64, "Default0"),
      identifiableKey(make(), "+ASt", 64, "Default0", false),
    ],
    [
      "azure_cosmosdb_key_identifiable",
      identifiableKey(make(), "ACDb", 64, "MastRW00"),
      identifiableKey(make(), "ACDb", 64, "MastRW00", false),
    ],
    [
      "azure_event_hub_key_identifiable",
      identifiableKey(make(), "+AEh", 32, "Send0000"),
      identifiableKey(make(), "+AEh", 32, "Send0000", false),
    ],
    [
      "azure_container_registry_key_identifiable",
      identifiableKey(make(), "+ACR", 39, "ACRDflt0"),
      identifiableKey(make(), "+ACR", 39, "ACRDflt0", false),
    ],
    ["azure_cognitive_services_key", annotatedKey(make(), "ACOG"), annotatedKey(make(), "ACOG", false)],
    ["azure_active_directory_application_secret", entraSecret(make()), entraSecret(make(), false)],
    ["github_personal_access_token", githubToken(make()), githubToken(make(), "ghp_", false)],
  ] as const) {
    it(`confirms ${type} in every format, and its failing clears nothing`, () => {
      for (const [file, write] of [
        ["a.json", (value: string) => JSON.stringify({ x: [value] })],
        ["a.yaml", (value: string) => `x:\n- '${value}'\n`],
        ["a.py", (value: string) => `x(y, "${value}")\n`],
        ["a.bicep", (value: string) => `var x = '${value}'\n`],
        ["a.sql", (value: string) => `SELECT '${value}';\n`],
        ["a.txt", (value: string) => `x ${value} y\n`],
      ] as const) {
        expect(scanText(file, write(sound)).secrets.map((secret) => [secret.type, secret.tier])).toEqual([
          [type, "confirmed"],
        ]);
        expect(scanText(file, write(broken)).secrets.map((secret) => [secret.type, secret.tier])).toEqual([
          [type, "format"],
        ]);
      }
    });
  }
});

it("the same secret has the same fingerprint in every file, and its value stands nowhere in the answer", () => {
  const value = kinds.password?.(generator(5)) ?? "";
  const fingerprint = fingerprinter("a key for tests");
  const answers = [
    scanText("a.py", `password = "${value}"`, { fingerprint }),
    scanText("a.yaml", `${value}:\n  db_password: ${value}`, { fingerprint }),
    scanText("a.json", JSON.stringify({ [`ghp_${value}`]: { password: value } }), { fingerprint }),
  ];
  expect(new Set(answers.flatMap(({ secrets }) => secrets.map((secret) => secret.fingerprint))).size).toBe(1);
  const token = githubToken(generator(6));
  const named = scanText("a.json", JSON.stringify({ [token]: { password: value } }), { fingerprint });
  expect(named.secrets).toHaveLength(2);
  for (const answer of [named])
    expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${token}|${value.slice(3)}`.replace(/[*+.~]/g, "\\$&")));
});
