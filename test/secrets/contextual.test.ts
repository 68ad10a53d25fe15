import { describe, expect, it } from "vitest";
import { strengthOf } from "../../src/secrets/detectors/contextual.ts";
import { findSecrets } from "../../src/secrets/find.ts";

const masked = (value: string, key = "value") => findSecrets({ path: key, key, value }).masked;
const dots = "••••••••";

describe("a name", () => {
  for (const key of [
    "password",
    "DB_PASSWORD",
    "dbPassword",
    "sqlpassword",
    "SECRET",
    "client_secret",
    "clientSecret",
    "PASSWORD_PROD",
    "secretValue",
    "PWD2",
    "secret_key",
    "DJANGO_SECRET_KEY",
    "sa_pass",
  ]) {
    it(`${key} promises a secret`, () => expect(strengthOf(key)).toBe("strong"));
  }
  for (const key of [
    "token",
    "API_KEY",
    "apikey",
    "accessToken",
    "AZURE_KEY",
    "account_key",
    "AZURE_STORAGE_KEY",
    "sas_token",
    "bearer",
    "PREFECT_API_KEY",
    "private_key",
  ]) {
    it(`${key} may hold one`, () => expect(strengthOf(key)).toBe("weak"));
  }
  for (const key of [
    "key",
    "keys",
    "secret_name",
    "secretUri",
    "password_file",
    "tokenUrl",
    "token_type",
    "partition_key",
    "cacheKey",
    "storage_key",
    "primary_key",
    "public_key",
    "max_tokens",
    "next_token",
    "skipToken",
    "password_policy",
    "author",
    "monkey",
    "keyboard",
    "client_id",
    "encryptedCredential",
    "passed",
    "compass",
    "",
  ]) {
    it(`${key || "that is empty"} says nothing`, () => expect(strengthOf(key)).toBeNull());
  }
});

describe("a value bound to such a name inside a text", () => {
  for (const [name, value, expected] of [
    ["JSON", '{"a": 1, "password": "Zq7!xx", "b": [2]}', `{"a": 1, "password": "${dots}", "b": [2]}`],
    ["JSON over lines", '{\n  "password":\n    "Zq7!xx"\n}', `{\n  "password":\n    "${dots}"\n}`],
    ["JSON with escapes", '{"password": "Zq7\\"!\\\\xx"}', `{"password": "${dots}"}`],
    ["JSON in JSON", '{"body": "{\\"password\\": \\"Zq7!xx\\"}"}', `{"body": "{\\"password\\": \\"${dots}\\"}"}`],
    ["YAML", "db:\n  password: Zq7!xx # old\n  user: u", `db:\n  password: ${dots} # old\n  user: u`],
    ["YAML in quotes", "password: 'Zq7 !xx'", `password: '${dots}'`],
    ["dotenv", "A=1\nexport DB_PASSWORD=Zq7!xx\n", `A=1\nexport DB_PASSWORD=${dots}\n`],
    ["a command's environment", "PGPASSWORD=Zq7!xx psql -h h", `PGPASSWORD=${dots} psql -h h`],
    ["an option", "tool --password Zq7!xx -v", `tool --password ${dots} -v`],
    ["an option with =", "tool --password=Zq7!xx -v", `tool --password=${dots} -v`],
    ["PowerShell", '$env:DB_PASSWORD = "Zq7!xx"', `$env:DB_PASSWORD = "${dots}"`],
    ["Python", 'password: str = "Zq7!xx"\nuser = "u"', `password: str = "${dots}"\nuser = "u"`],
    ["Python's arguments", 'connect(user="u", password=r"Zq7!xx")', `connect(user="u", password=r"${dots}")`],
    ["Python's subscripts", 'os.environ["DB_PASSWORD"] = "Zq7!xx"', `os.environ["DB_PASSWORD"] = "${dots}"`],
    ["a YAML block", "password: |-\n  Zq7!xx\nuser: u", `password: |-\n  ${dots}\nuser: u`],
    [
      "a name and its value in JSON",
      '[{"name": "DB_PASSWORD", "value": "Zq7!xx"}]',
      `[{"name": "DB_PASSWORD", "value": "${dots}"}]`,
    ],
    [
      "a name and its value in YAML",
      "- name: DB_PASSWORD\n  value: Zq7!xx\n",
      `- name: DB_PASSWORD\n  value: ${dots}\n`,
    ],
    [
      "a name and its value in XML",
      '<add key="DbPassword" value="Zq7!xx" />',
      `<add key="DbPassword" value="${dots}" />`,
    ],
    ["an element of XML", "<password>Zq7!xx</password>", `<password>${dots}</password>`],
    [
      "a SecureString of Synapse",
      '{"password": {"type": "SecureString", "value": "Zq7!xx"}}',
      `{"password": {"type": "SecureString", "value": "${dots}"}}`,
    ],
    ["a parameter file of ARM", '{"sqlPassword": {"value": "Zq7!xx"}}', `{"sqlPassword": {"value": "${dots}"}}`],
    [
      "a default of ARM",
      '{"adminPassword": {"type": "securestring", "defaultValue": "Zq7!xx"}}',
      `{"adminPassword": {"type": "securestring", "defaultValue": "${dots}"}}`,
    ],
    [
      "a default of Bicep",
      "@secure()\nparam adminPassword string = 'Zq7!xx'",
      `@secure()\nparam adminPassword string = '${dots}'`,
    ],
    [
      "a default of Terraform",
      'variable "sql_password" {\n  default = "Zq7!xx"\n}',
      `variable "sql_password" {\n  default = "${dots}"\n}`,
    ],
    [
      "a wrapped literal",
      'DatabaseCredentials(password=SecretStr("Zq7!xx"))',
      `DatabaseCredentials(password=SecretStr("${dots}"))`,
    ],
    ["an argument after its name", 'os.getenv("DB_PASSWORD", "Zq7!xx")', `os.getenv("DB_PASSWORD", "${dots}")`],
    ["a statement of SQL", "CREATE LOGIN etl WITH PASSWORD = N'Zq7!xx'", `CREATE LOGIN etl WITH PASSWORD = N'${dots}'`],
    ["another statement of SQL", "CREATE USER etl IDENTIFIED BY 'Zq7!xx'", `CREATE USER etl IDENTIFIED BY '${dots}'`],
    [
      "a header",
      "curl -H 'x-api-key: 3f1c9a7be2d44c0f9b7d2a61c5e0f812' https://h",
      `curl -H 'x-api-key: ${dots}' https://h`,
    ],
    ["Ruby", ':password => "Zq7!xx"', `:password => "${dots}"`],
  ] as const) {
    it(name, () => expect(masked(value)).toBe(expected));
  }

  for (const value of [
    "password = get_password(user)",
    "password=self.password, token=args.token",
    'if password == "Zq7!xx-compare": pass',
    "password: Optional[str] = None",
    "secret: {{ prefect.blocks.secret.x }}",
    "export TOKEN=$(az account get-access-token --query accessToken -o tsv)",
    "password: string\ntoken: string | null",
    "tokens: 128000, api_key_name: sql01-prod",
    "Password: ask the platform team, 24/7",
    "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256",
    'secret: builder.Configuration["Db:Password1"]',
    "password: 'see 1Password vault'",
    "valueFrom:\n  secretKeyRef:\n    name: db-secret-01\n    key: password-2024",
    "assert password != 'wrong-1'",
    "SELECT password_hash, token_id FROM users WHERE key = @key",
    'os.getenv("API_TOKEN_V2", "")',
    "<password>{{ env.PW }}</password>",
    '{"credential": {"referenceName": "uami-credential-01", "type": "CredentialReference"}}',
    '"passwordHash": "unused", "secretRef": "kv-1"',
  ]) {
    it(`none in ${JSON.stringify(value)}`, () => expect(masked(value)).toBe(value));
  }
});

describe("a field that its owner's schema calls secret", () => {
  const told = (value: string) => findSecrets({ path: "f", key: "f", value, secretField: true });
  it("is a secret whatever it looks like", () => {
    for (const value of ["a1", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", "correct horse battery", "ProductionDatabase"]) {
      expect(told(value).masked).toBe(dots);
      expect(told(value).secrets.map((secret) => secret.type)).toEqual(["secret_in_the_clear"]);
    }
  });
  it("keeps the public parts of an address", () => {
    expect(told("mssql://u:Zq7!xx@h/db").masked).toBe(`mssql://u:${dots}@h/db`);
  });
  it("is none where it is masked, empty or a reference", () => {
    for (const value of [
      "********",
      "****abcd",
      "",
      " ",
      "{{ prefect.blocks.secret.x }}",
      "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/x)",
    ]) {
      expect(told(value)).toEqual({ masked: value, secrets: [] });
    }
  });
});
