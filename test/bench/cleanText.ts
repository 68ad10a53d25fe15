import { type Generator, generator } from "../secrets/generate.ts";

/** A made-up file without a secret in it. */
export interface CleanFile {
  name: string;
  text: string;
}

const tables =
  "orders customers invoices shipments stock_levels returns ledger_entries sessions devices campaigns tariffs meter_reads".split(
    " ",
  );
const columns =
  "id created_at updated_at customer_id region amount currency token_count status_code partition_key source_system is_deleted row_hash".split(
    " ",
  );
const verbs = "load copy merge publish archive validate enrich export backfill reconcile".split(" ");
const zones = "raw curated serving staging landing sandbox".split(" ");
const remarks = [
  "The password comes from Key Vault; nobody types it.",
  "Tokens are refreshed by the runtime every 50 minutes.",
  "See the runbook before changing the partition key.",
  "Secrets: none here. Names only.",
  "api_key: read from the environment, never from a file",
  "TODO: ask the platform team about key rotation",
  "Keep this list in the order of the report.",
  "The access token of the managed identity is cached.",
];

const pick = (make: Generator, list: readonly string[]): string => list[make.below(list.length)] ?? "";
const hexOf = (make: Generator, length: number): string => make.from("0123456789abcdef", length);
const guid = (make: Generator): string => [8, 4, 4, 4, 12].map((length) => hexOf(make, length)).join("-");
const times = (count: number, one: (index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => one(index));
const noun = (make: Generator): string => `${pick(make, verbs)}_${pick(make, tables)}`;

function linkedService(make: Generator): object {
  const table = pick(make, tables);
  const vault = (name: string) => ({
    type: "AzureKeyVaultSecret",
    store: { referenceName: "ls_key_vault", type: "LinkedServiceReference" },
    secretName: `${table.replaceAll("_", "-")}-${name}`,
  });
  return pick(make, ["sql", "blob"]) === "sql"
    ? {
        name: `ls_sql_${table}`,
        type: "Microsoft.Synapse/workspaces/linkedservices",
        properties: {
          annotations: [],
          type: "AzureSqlDatabase",
          typeProperties: {
            connectionString: `Integrated Security=False;Encrypt=True;Connection Timeout=30;Data Source=sql-${table.replaceAll("_", "-")}.database.windows.net;Initial Catalog=@{linkedService().database};User ID=etl_reader`,
            password: vault("password"),
          },
          connectVia: { referenceName: "AutoResolveIntegrationRuntime", type: "IntegrationRuntimeReference" },
        },
      }
    : {
        name: `ls_blob_${table}`,
        properties: {
          type: "AzureBlobStorage",
          typeProperties: {
            serviceEndpoint: `https://st${hexOf(make, 6)}.blob.core.windows.net/`,
            accountKind: "StorageV2",
            encryptedCredential: Buffer.from(
              JSON.stringify({ CredentialId: `CREDENTIAL@${guid(make)}`, Version: "2.0" }),
            ).toString("base64"),
            servicePrincipalId: guid(make),
            servicePrincipalKey: vault("spn"),
          },
        },
      };
}

function pipeline(make: Generator): object {
  const activities = Array.from({ length: 6 + make.below(30) }, (_, index) => ({
    name: `${pick(make, verbs)} ${pick(make, tables)} ${index}`,
    type: pick(make, ["Copy", "Script", "WebActivity", "SetVariable"]),
    dependsOn: [{ activity: `Lookup ${pick(make, tables)}`, dependencyConditions: ["Succeeded"] }],
    policy: { timeout: "0.12:00:00", retry: 2, retryIntervalInSeconds: 30, secureOutput: true, secureInput: true },
    userProperties: [],
    typeProperties: {
      source: {
        type: "AzureSqlSource",
        sqlReaderQuery: {
          value: `SELECT ${columns.slice(0, 3 + make.below(8)).join(", ")}\nFROM dbo.${pick(make, tables)}\nWHERE updated_at > '@{activity('Lookup').output.firstRow.watermark}' AND region <> N'ZZ'`,
          type: "Expression",
        },
        partitionOption: "None",
      },
      url: "@concat('https://kv-data-prod.vault.azure.net/secrets/', pipeline().parameters.secretName, '?api-version=7.4')",
      authentication: { type: "MSI", resource: "https://vault.azure.net" },
      headers: {
        Authorization: "@concat('Bearer ', activity('Get token').output.access_token)",
        "x-request-id": guid(make),
      },
      sink: {
        type: "ParquetSink",
        storeSettings: {
          type: "AzureBlobFSWriteSettings",
          path: `${pick(make, zones)}/${pick(make, tables)}/@{formatDateTime(utcNow(),'yyyy/MM/dd')}`,
        },
      },
      password: "@pipeline().parameters.sqlPassword",
    },
  }));
  return {
    name: `pl_${noun(make)}`,
    properties: {
      activities,
      parameters: {
        sqlPassword: { type: "securestring" },
        secretName: { type: "string", defaultValue: "orders-sql-password" },
      },
      folder: { name: pick(make, zones) },
      lastPublishTime: "2026-09-01T06:00:00Z",
      etag: guid(make),
    },
  };
}

function notebook(make: Generator): object {
  const cells = Array.from({ length: 8 + make.below(20) }, (_, index) => ({
    cell_type: index % 4 === 0 ? "markdown" : "code",
    metadata: { nteract: { transient: { deleting: false } }, nuid: guid(make) },
    source: (index % 4 === 0 ? [`## ${pick(make, verbs)}`, pick(make, remarks)] : python(make, 4).split("\n")).map(
      (line) => `${line}\r\n`,
    ),
    outputs:
      index % 4 === 0
        ? []
        : [{ output_type: "stream", text: times(3, () => `${hexOf(make, 40)} ${pick(make, tables)} done\n`) }],
    execution_count: index,
  }));
  return {
    name: `nb_${noun(make)}`,
    properties: {
      nbformat: 4,
      bigDataPool: { referenceName: "sparkpool", type: "BigDataPoolReference" },
      sessionProperties: { driverMemory: "28g", conf: { "spark.dynamicAllocation.enabled": "false" } },
      metadata: { language_info: { name: "python" } },
      cells,
    },
  };
}

function python(make: Generator, functions: number): string {
  const parts = times(functions, () => {
    const name = noun(make);
    return [
      `@task(name="${name.replaceAll("_", "-")}", retries=${1 + make.below(5)}, tags=["${pick(make, zones)}", "${pick(make, tables)}"])`,
      `def ${name}(day: date, *, token: str | None = None, batch_size: int = ${100 * (1 + make.below(50))}) -> int:`,
      `    """${pick(make, remarks)}"""`,
      `    password = os.environ["DB_PASSWORD"]`,
      `    secret = Secret.load("${name.replaceAll("_", "-")}").get()`,
      `    api_key = mssparkutils.credentials.getSecret("kv-data-prod", "${pick(make, tables)}-api-key")`,
      `    headers = {"Authorization": f"Bearer {token or get_token(credential)}", "x-correlation-id": "${guid(make)}"}`,
      `    # ${pick(make, remarks)}`,
      `    rows = spark.read.format("parquet").load(f"abfss://${pick(make, zones)}@st{account}.dfs.core.windows.net/${pick(make, tables)}/{day:%Y/%m/%d}")`,
      `    if rows.count() == 0 or headers["x-correlation-id"] == "${hexOf(make, 12)}":`,
      `        logger.warning("nothing to do for %s on %s", "${pick(make, tables)}", day)`,
      "        return 0",
      `    rows = rows.withColumn("row_hash", sha2(concat_ws("|", *[col(c) for c in ${JSON.stringify(columns.slice(0, 4 + make.below(5)))}]), 256))`,
      `    engine = create_engine(f"mssql+pyodbc://{user}:{quote_plus(password)}@{server}/{database}?driver=ODBC+Driver+18+for+SQL+Server")`,
      `    with engine.begin() as connection:`,
      `        connection.execute(text("DELETE FROM dbo.${pick(make, tables)} WHERE load_day = :day"), {"day": day})`,
      `    return rows.count() // batch_size`,
      "",
      "",
    ].join("\n");
  });
  return `import os\nfrom datetime import date\n\nfrom prefect import flow, task\nfrom prefect.blocks.system import Secret\n\n\n${parts.join("")}`;
}

function yaml(make: Generator): string {
  const deployments = times(4 + make.below(20), () => {
    const name = noun(make).replaceAll("_", "-");
    return [
      `- name: ${name}`,
      `  version: ${hexOf(make, 8)}`,
      `  description: "${pick(make, remarks)}"`,
      `  entrypoint: flows/${name}.py:${name.replaceAll("-", "_")}`,
      "  parameters:",
      `    partition_key: ${pick(make, columns)}`,
      "    tokens: 128000",
      "  work_pool:",
      "    name: synapse-pool",
      "    job_variables:",
      `      image: "acrdata.azurecr.io/flows@sha256:${hexOf(make, 64)}"`,
      "      env:",
      '        DB_PASSWORD: "{{ prefect.blocks.secret.sql-password }}"',
      "        AZURE_CLIENT_SECRET: $AZURE_CLIENT_SECRET",
      `        AZURE_CLIENT_ID: ${guid(make)}`,
      `        PREFECT_API_KEY: \${PREFECT_API_KEY}`,
      "  schedules:",
      `  - cron: "${make.below(60)} ${make.below(24)} * * *"`,
      "    timezone: Europe/Berlin",
      `  # ${pick(make, remarks)}`,
    ].join("\n");
  });
  return `name: data-flows\nprefect-version: 3.4.0\n\npull:\n- prefect.deployments.steps.git_clone:\n    repository: https://github.com/contoso/flows.git\n    access_token: "{{ prefect.blocks.secret.github-token }}"\n\ndeployments:\n${deployments.join("\n")}\n`;
}

function bicep(make: Generator): string {
  const resources = times(5 + make.below(20), (index) =>
    [
      `// ${pick(make, remarks)}`,
      "@description('The administrator password of the pool.')",
      "@secure()",
      `param sqlPassword${index} string`,
      "",
      `resource sql${index} 'Microsoft.Sql/servers@2023-08-01-preview' = {`,
      `  name: 'sql-${pick(make, tables).replaceAll("_", "-")}-\${environment}'`,
      "  location: location",
      "  properties: {",
      "    administratorLogin: 'sqladmin'",
      `    administratorLoginPassword: sqlPassword${index}`,
      "    minimalTlsVersion: '1.2'",
      "  }",
      "  tags: {",
      `    costCentre: '${make.below(9000)}'`,
      `    secretName: 'sql-password-${index}'`,
      "  }",
      "}",
      "",
      `var connection${index} = 'Server=tcp:\${sql${index}.properties.fullyQualifiedDomainName},1433;Password=\${sqlPassword${index}};Encrypt=True'`,
      `var storageKey${index} = storage.listKeys().keys[0].value`,
      `var roleId${index} = '${guid(make)}'`,
      "",
    ].join("\n"),
  );
  return `targetScope = 'resourceGroup'\nparam location string = resourceGroup().location\nparam environment string = 'prod'\n\n${resources.join("\n")}`;
}

function terraform(make: Generator): string {
  const blocks = times(6 + make.below(20), (index) =>
    [
      `# ${pick(make, remarks)}`,
      `variable "sql_password_${index}" {`,
      "  type        = string",
      "  sensitive   = true",
      `  description = "${pick(make, remarks)}"`,
      "}",
      "",
      `resource "azurerm_mssql_server" "${noun(make)}" {`,
      `  name                         = "sql-\${var.environment}-${index}"`,
      `  administrator_login_password = var.sql_password_${index}`,
      `  version                      = "12.0"`,
      `  tenant_id                    = "${guid(make)}"`,
      "  tags = {",
      `    key_vault_secret = "sql-password-${index}"`,
      `    commit           = "${hexOf(make, 40)}"`,
      "  }",
      "}",
      "",
      `resource "azurerm_key_vault_secret" "${noun(make)}_${index}" {`,
      `  name         = "sql-password-${index}"`,
      `  value        = random_password.sql[${index}].result`,
      "  key_vault_id = azurerm_key_vault.main.id",
      "}",
      "",
    ].join("\n"),
  );
  return blocks.join("\n");
}

function sql(make: Generator): string {
  const statements = times(10 + make.below(60), () =>
    [
      `-- ${pick(make, remarks)}`,
      `CREATE OR ALTER PROCEDURE etl.${noun(make)} @day date, @token_count int = 0, @partition_key nvarchar(64) = N'region'`,
      "AS",
      "BEGIN",
      "  SET NOCOUNT ON;",
      `  MERGE dbo.${pick(make, tables)} AS target`,
      `  USING (SELECT ${columns.slice(0, 5 + make.below(7)).join(", ")}, HASHBYTES('SHA2_256', CONCAT_WS('|', customer_id, amount)) AS row_hash`,
      `         FROM OPENROWSET(BULK 'https://stdata.dfs.core.windows.net/${pick(make, zones)}/${pick(make, tables)}/*.parquet', FORMAT = 'PARQUET') AS source_rows`,
      "         WHERE load_day = @day AND status_code IN ('NEW', 'CHANGED', 'GONE')) AS source",
      "  ON target.id = source.id AND target.partition_key = source.partition_key",
      "  WHEN MATCHED AND target.row_hash <> source.row_hash THEN UPDATE SET amount = source.amount, updated_at = SYSUTCDATETIME()",
      `  WHEN NOT MATCHED THEN INSERT (id, amount, token_count) VALUES (source.id, source.amount, 0x${hexOf(make, 16)});`,
      "END;",
      "GO",
      "",
    ].join("\n"),
  );
  return `CREATE DATABASE SCOPED CREDENTIAL lake WITH IDENTITY = 'Managed Identity';\nGO\n${statements.join("\n")}`;
}

const kinds: readonly ((make: Generator) => CleanFile)[] = [
  (make) => ({ name: "linkedService/ls.json", text: JSON.stringify(linkedService(make), null, "\t") }),
  (make) => ({ name: "pipeline/pl.json", text: JSON.stringify(pipeline(make), null, "\t") }),
  (make) => ({ name: "notebook/nb.json", text: JSON.stringify(notebook(make), null, "\t") }),
  (make) => ({
    name: "sqlscript/s.json",
    text: JSON.stringify(
      {
        name: "s",
        properties: {
          content: { query: sql(make).replaceAll("\n", "\r\n"), metadata: { language: "sql" } },
          type: "SqlQuery",
        },
      },
      null,
      "\t",
    ),
  }),
  (make) => ({ name: "flows/flow.py", text: python(make, 2 + make.below(20)) }),
  (make) => ({ name: "prefect.yaml", text: yaml(make) }),
  (make) => ({ name: "infra/main.bicep", text: bicep(make) }),
  (make) => ({ name: "infra/main.tf", text: terraform(make) }),
  (make) => ({ name: "sql/procedures.sql", text: sql(make) }),
];

/** Clean files of every kind, the same for the same seed, until they have that many characters. */
export function* cleanFiles(characters: number, seed = 20261124): IterableIterator<CleanFile> {
  const make = generator(seed);
  for (let made = 0, index = 0; made < characters; index++) {
    const file = kinds[index % kinds.length]?.(make);
    if (file === undefined) return;
    made += file.text.length;
    yield file;
  }
}
