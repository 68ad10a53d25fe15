import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ExitStatus } from "./commands/exit.ts";
import { shown } from "./config/credentials.ts";
import { nearest } from "./resources/problem.ts";
import { version } from "./resources/version.ts";

/** Runs the command that the arguments name; the exit status says how it went (see `ExitStatus`). */
export async function main(argv: readonly string[]): Promise<void> {
  // What is half written is taken away as the process ends.
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
  try {
    await program().parseAsync(argv as string[]);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ExitStatus.wrongInput;
    else {
      const { tellError } = await import("./commands/errors.ts");
      process.exitCode = tellError(error);
    }
  }
}

function program(): Command {
  const cli = new Command("leastwise")
    .description(
      "Who can touch your data, with what, since when, and can you prove it?\nReads Azure, Synapse and Prefect live, and checks them against policies.",
    )
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError("(leastwise --help lists the commands)")
    .configureHelp({ sortSubcommands: false })
    .configureOutput({ outputError: (text, write) => write(shown(text)) })
    .exitOverride();

  selection(
    live(
      evaluation(
        configured(cli.command("scan").description("collect, evaluate and report in one go: the nightly job"))
          .option("--demo", "run against the sample estate, which is served on loopback")
          .option("--no-snapshot", "do not keep the snapshot"),
      ),
    ),
  )
    .addOption(requestTimeout())
    .addOption(maxWait())
    .addHelpText(
      "after",
      examples("leastwise scan --demo", "leastwise scan --baseline last-night/report.json --fail-on medium"),
    )
    .action(async (options) => (await import("./commands/scan.ts")).scan(options));

  places(configured(cli.command("collect").description("read the estate into a snapshot folder")))
    .option("--out <dir>", "the snapshot's folder", "leastwise-snapshot")
    .option("--demo", "read the sample estate, which is served on loopback")
    .option("--recording <file>", "also write the forms of all answers, without any value, name or id")
    .option("--shard <i/n>", "only one part of n, split by subscription; merge makes a snapshot of all n")
    .option("--run-id <id>", "with --shard: an id that all parts of one run are given")
    .addOption(requestTimeout())
    .addOption(maxWait())
    .addHelpText(
      "after",
      examples("leastwise collect --out snapshots/2026-11-20", "leastwise collect --shard 2/4 --out part-2"),
    )
    .action(async (options) => (await import("./commands/collect.ts")).collectCommand(options));

  cli
    .command("merge <part...>")
    .description("one snapshot of the parts that collect --shard wrote")
    .option("--out <dir>", "the snapshot's folder", "leastwise-snapshot")
    .option("--quiet", "print only what went wrong")
    .addHelpText("after", examples("leastwise merge part-1 part-2 part-3 part-4 --out snapshots/2026-11-20"))
    .action(async (parts, options) => (await import("./commands/merge.ts")).mergeCommand(parts, options));

  selection(
    live(
      evaluation(
        configured(
          cli
            .command("evaluate <snapshot>")
            .description("policies over a snapshot, no network: an auditor's re-performance"),
        ),
      ),
    ),
  )
    .addHelpText(
      "after",
      examples(
        "leastwise evaluate leastwise-out/snapshot --out again",
        "leastwise evaluate snapshot --policies ./policies --now 2026-12-31T00:00:00Z",
      ),
    )
    .action(async (snapshot, options) => (await import("./commands/evaluate.ts")).evaluateCommand(snapshot, options));

  selection(
    evaluation(
      configured(
        cli.command("gate").description("would this change make things worse? The gate of a merge or a deploy"),
      ),
    )
      .requiredOption(
        "--plan <file...>",
        "what is planned: Terraform plans, ARM templates and what-if results as JSON, prefect.yaml, Prefect blocks",
      )
      .option("--snapshot <dir>", "what is live; it is read now where it is not given")
      .option("--subscription <id>", "the subscription that plans go to which do not say theirs")
      .option("--resource-group <name>", "the resource group that templates are deployed to")
      .option("--parameters <file>", "the file of parameters for ARM templates")
      .option("--prefect <name>", "the Prefect server of the configuration that plans go to which do not say theirs")
      .option(
        "--base <commit>",
        "also tell what the change does to waivers, policies and configuration since that commit",
      )
      .option("--all", "everything counts, and not only what the change brings")
      .option("--demo", "over the sample estate, which is served on loopback"),
  )
    .addOption(requestTimeout())
    .addOption(maxWait(30))
    .addHelpText(
      "after",
      examples(
        "leastwise gate --plan plan.json --snapshot last-night/snapshot",
        "leastwise gate --demo --plan prefect.yaml --prefect prod",
      ),
    )
    .action(async (options) => (await import("./commands/gate.ts")).gateCommand(options));

  const policy = cli.command("policy").description("check, test, read and write policies");
  policies(policy.command("check").description("load every policy and say what is wrong"))
    .addHelpText("after", examples("leastwise policy check --policies ./policies"))
    .action(async (options) => (await import("./commands/policy.ts")).policyCheck(options));
  policies(policy.command("test").description("run the tests inside the policies"))
    .option("--coverage", "list the branches that no test reaches")
    .option("--policy <glob...>", "only these policies")
    .addHelpText("after", examples("leastwise policy test --coverage"))
    .action(async (options) => (await import("./commands/policy.ts")).policyTest(options));
  policies(policy.command("list").description("every policy, a line each"))
    .addHelpText("after", examples("leastwise policy list"))
    .action(async (options) => (await import("./commands/policy.ts")).policyList(options));
  policy
    .command("new <family/name>")
    .description("write a policy with tests that pass, for you to edit")
    .requiredOption("--kind <kind>", "the kind of resource that it looks at; leastwise query schema lists them")
    .option("--question <text>", "what it is to ask, in your own words: its words choose the field")
    .option("--out <dir>", "the folder of your policies", "policies")
    .addHelpText(
      "after",
      examples(
        "leastwise policy new own/vault-keeps-deleted --kind azure.keyVault --question 'Is purge protection on?'",
        "leastwise policy new own/flow-has-version --kind prefect.deployment --out packs/own/policies",
      ),
    )
    .action(async (id, options) => (await import("./commands/policyNew.ts")).policyNew(id, options));
  policies(policy.command("docs").description("write a page in Markdown for each policy and each kind"))
    .option("--out <dir>", "where policies/ and kinds/ with the pages go", "docs")
    .addHelpText("after", examples("leastwise policy docs --policies ./policies --out docs"))
    .action(async (options) => (await import("./commands/policyDocs.ts")).policyDocs(options));
  policies(policy.command("show <id>").description("one policy, whole"))
    .addHelpText("after", examples("leastwise policy show rotation/client-secret-age"))
    .action(async (id, options) => (await import("./commands/policy.ts")).policyShow(id, options));

  cli
    .command("explain <finding>")
    .description("why a finding is one, by which fields, read where, and how to mend it")
    .option("--report <file>", "the report that holds it", "leastwise-out/report.json")
    .addHelpText("after", examples("leastwise explain 0123456789abcdef"))
    .action(async (finding, options) => (await import("./commands/explain.ts")).explain(finding, options));

  cli
    .command("diff <before> <after>")
    .description("two reports or snapshots: what is new, fixed and changed, and what brought it about")
    .addOption(new Option("--format <format>", "how it is written").choices(["text", "json"]).default("text"))
    .addOption(
      new Option("--fail-on <severity>", "exit 1 for new findings at or above it")
        .argParser(oneOf(["critical", "high", "medium", "low", "none"]))
        .default("none"),
    )
    .addHelpText(
      "after",
      examples(
        "leastwise diff last-night/report.json leastwise-out/report.json",
        "leastwise diff snapshots/2026-11-19 snapshots/2026-11-20 --format json",
      ),
    )
    .action(async (before, after, options) => (await import("./commands/diff.ts")).diff(before, after, options));

  cli
    .command("waive [finding]")
    .description(
      "write an entry that asks for a waiver of a finding, or of a read, into the waivers file; approves nothing",
    )
    .option("--reason <text>", "why it is accepted")
    .option("--expires <day>", "the last day on which it holds, as in 2026-12-15")
    .addOption(
      new Option("--kind <kind>", "why the failure stands")
        .choices(["risk", "falsePositive", "compensated"])
        .default("risk"),
    )
    .option("--requested-by <who>", "who asks; git's user.email where it is not given")
    .option("--ticket <id>", "where the decision is recorded")
    .option("--report <file>", "the report that holds the finding", "leastwise-out/report.json")
    .option("--from-exemptions <file>", "instead of a finding: what az policy exemption list -o json wrote")
    .option(
      "--assignment <name=policy...>",
      "with --from-exemptions: the policy that stands for an assignment of Azure Policy, or for name/reference in it",
    )
    .option("--config <file>", "the configuration; leastwise.yaml here or above where it is not given")
    .addHelpText(
      "after",
      examples(
        'leastwise waive 0123456789abcdef --reason "Until the new workspace is live" --expires 2026-12-15 --ticket CHG0012345',
        'leastwise waive "prefect.automation prefect:dev" --reason "Not ours" --expires 2026-12-15',
        "leastwise waive --from-exemptions exemptions.json --assignment storage-network=isolation/storage-network",
      ),
    )
    .action(async (finding, options) => {
      const { UsageError } = await import("./commands/errors.ts");
      if ((finding === undefined) === (options.fromExemptions === undefined))
        throw new UsageError("Name a finding, or a file with --from-exemptions");
      if (finding === undefined) (await import("./commands/waiveExemptions.ts")).waiveExemptions(options);
      else (await import("./commands/waive.ts")).waive(finding, options);
    });

  cli
    .command("access [who]")
    .description("what a principal, block or deployment reaches, or who reaches a resource, by which path")
    .option("--review", "write the rights of everybody as a table to decide on: access-review.csv and .md")
    .option("--out <dir>", "with --review: the folder for it", "leastwise-out")
    .option("--snapshot <dir>", "the snapshot", "leastwise-out/snapshot")
    .option("--to <what>", "only the paths that lead to this resource or principal")
    .addOption(new Option("--format <format>", "how the answer is written").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      examples(
        "leastwise access sp-flow-loader-prod",
        "leastwise access azure-blob-storage-credentials/landing-dev",
        'leastwise access "azure.keyVault kv-brackwater-hub" --format json',
        "leastwise access --review --out review-2026-q4",
      ),
    )
    .action(async (who, options) => (await import("./commands/access.ts")).accessCommand(who, options));

  selection(
    configured(
      cli
        .command("doctor")
        .description(
          "which reads work with these credentials, what is missing, and which rights are enough; writes nothing",
        ),
    ).option("--demo", "ask the sample estate, which is served on loopback"),
  )
    .addOption(requestTimeout())
    .addOption(maxWait())
    .option("--reads", "only the table of every read, in Markdown, and nothing is asked")
    .addHelpText("after", examples("leastwise doctor", "leastwise doctor --policy 'rotation/*'"))
    .action(async (options) => (await import("./commands/doctor.ts")).doctor(options));

  cli
    .command("init")
    .description("write leastwise.yaml from what the credentials can see, with its guesses marked")
    .option("--out <file>", "the file to write", "leastwise.yaml")
    .addOption(
      new Option("--cloud <name>", "the cloud of Azure")
        .choices(["AzurePublic", "AzureUSGovernment", "AzureChina"])
        .default("AzurePublic"),
    )
    .option("--force", "write over a file that is there")
    .option("--demo", "look at the sample estate, which is served on loopback")
    .option("--quiet", "print only what went wrong")
    .addOption(requestTimeout())
    .addOption(maxWait())
    .addHelpText("after", examples("leastwise init", "leastwise init --demo --out try.yaml"))
    .action(async (options) => (await import("./commands/init.ts")).init(options));

  const query = cli.command("query").description("look into a snapshot");
  query
    .command("rows <kind> [expression]", { isDefault: true })
    .description("the rows of a kind for which an expression holds; in it the row is r")
    .option("--snapshot <dir>", "the snapshot", "leastwise-out/snapshot")
    .option("--select <fields>", "the columns, by comma, as in id,principal.displayName")
    .addOption(
      new Option("--format <format>", "how rows are written").choices(["table", "csv", "json"]).default("table"),
    )
    .addHelpText(
      "after",
      examples(
        "leastwise query azure.principal 'r.type == \"ServicePrincipal\"' --select displayName,environments",
        "leastwise query prefect.block 'size(r.secrets) > 0' --format json",
      ),
    )
    .action(async (kind, expression, options) =>
      (await import("./commands/query.ts")).query(kind, expression, options),
    );
  query
    .command("schema [kind]")
    .description("the fields of a kind, or the kinds")
    .addHelpText("after", examples("leastwise query schema azure.roleAssignment"))
    .action(async (kind) => (await import("./commands/query.ts")).querySchema(kind));

  cli
    .command("demo")
    .description("serve the sample estate on loopback and print the configuration for it")
    .option("--port <number>", "the port; a free one where it is not given", wholeNumber)
    .addHelpText("after", examples("leastwise demo --port 8080 > leastwise.yaml"))
    .action(async (options) => (await import("./commands/demo.ts")).demo(options));

  configured(cli.command("config").description("the configuration in force, and where each value came from"))
    .addHelpText("after", examples("leastwise config"))
    .action(async (options) => (await import("./commands/config.ts")).showConfiguration(options));

  const sarif = cli.command("sarif").description("look into a SARIF file");
  sarif
    .command("check <file>")
    .description("what GitHub would refuse, misread or not show of a SARIF file, before an upload")
    .option("--quiet", "print only what is wrong")
    .addHelpText("after", examples("leastwise sarif check leastwise-out/report.sarif"))
    .action(async (file, options) => (await import("./commands/sarif.ts")).sarifCheck(file, options));

  return cli;
}

function configured(command: Command): Command {
  return policies(command)
    .option("--quiet", "print only what went wrong")
    .option("--verbose", "print more")
    .option("--no-color", "print without colour");
}

function policies(command: Command): Command {
  return command
    .option("--config <file>", "the configuration; leastwise.yaml here or above where it is not given")
    .option(
      "--policies <dir...>",
      "folders of policies, installed packages of them, or builtin; those that the configuration names where it is not given",
    );
}

/** What every evaluation has. */
function evaluation(command: Command): Command {
  return command
    .option("--out <dir>", "where the report goes; - writes one format to stdout", "leastwise-out")
    .option("--format <list>", "formats by comma: json, sarif, markdown, junit, csv, results", "json,sarif")
    .addOption(
      new Option("--fail-on <severity>", "exit 1 for findings at or above it")
        .argParser(oneOf(["critical", "high", "medium", "low", "none"]))
        .default("high"),
    )
    .option("--allow-unknown", "exit 0 even where something could not be decided")
    .option("--baseline <report>", "a report.json; only findings that are not in it count for exit 1")
    .option("--now <timestamp>", "the moment of evaluation; that of collection where it is not given");
}

/** What only an evaluation of the live state has. */
function live(command: Command): Command {
  return places(command)
    .addOption(
      new Option(
        "--overdue <days>",
        "with --baseline: findings that have been open for so many days count, too",
      ).argParser(positive),
    )
    .option("--review <file>", "a filled access-review.csv; the report says which removals were carried out");
}

function selection(command: Command): Command {
  return command
    .option("--policy <glob...>", "only these policies")
    .option("--skip-policy <glob...>", "all policies but these")
    .option("--control <criterion...>", "only policies that support these criteria, as in CC6.3")
    .option("--environment <name...>", "only resources of these environments");
}

function places(command: Command): Command {
  return command
    .option("--subscription <id...>", "only these subscriptions, and what lies in no subscription")
    .option("--management-group <name...>", "only the subscriptions in these management groups, likewise");
}

function requestTimeout(): Option {
  return new Option("--request-timeout <seconds>", "how long one request may take").argParser(positive).default(15);
}

function maxWait(seconds = 600): Option {
  return new Option("--max-wait <seconds>", "how long the run may wait for services that ask for a pause")
    .argParser(positive)
    .default(seconds);
}

function oneOf(values: readonly string[]): (text: string) => string {
  return (text) => {
    if (values.includes(text)) return text;
    const meant = nearest(text, values);
    throw new InvalidArgumentError(`There is ${values.join(", ")}.${meant === null ? "" : ` Did you mean ${meant}?`}`);
  };
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError("A port is a whole number up to 65535.");
  return number;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return number;
}

function examples(...lines: string[]): string {
  return `\nExample${lines.length === 1 ? "" : "s"}:\n${lines.map((line) => `  ${line}`).join("\n")}\n`;
}
