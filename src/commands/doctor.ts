import { Chalk, type ChalkInstance } from "chalk";
import { readOwnRights } from "../collect/azure/ownRights.ts";
import { azureServices } from "../collect/azure/services.ts";
import { collect } from "../collect/collect.ts";
import { type ReadDefinition, readName, rightText } from "../collect/definition.ts";
import { defaultLimits } from "../collect/http/guard.ts";
import { Ledger } from "../collect/ledger.ts";
import type { Configuration } from "../config/config.ts";
import { isCount } from "../evaluate/reads.ts";
import type { Policy } from "../policy/policy.ts";
import { padEnd, padStart, wrap } from "../report/layout.ts";
import { prose, shellWord, visible } from "../report/text.ts";
import type { Read } from "../resources/generated.ts";
import { isManagementGroup } from "../resources/scope.ts";
import type { SnapshotContent } from "../snapshot/write.ts";
import { type CollectCommandOptions, withEstate } from "./collect.ts";
import { ExitStatus } from "./exit.ts";
import { loadInForce, policySources, type SelectionOptions } from "./inputs.ts";
import { useColor } from "./output.ts";
import { collectProgress } from "./progress.ts";
import { decidedBy, excess, graphExcess, neededReads, rightsOf, shownRead, smallestRole } from "./rights.ts";

/** The options of `leastwise doctor`. */
export interface DoctorOptions extends CollectCommandOptions, SelectionOptions {
  color?: boolean;
  verbose?: boolean;
  /** Only the table of reads. */
  reads?: boolean;
}

/** How a read fared wherever it was tried. */
interface Tried {
  read: ReadDefinition;
  policies: readonly string[];
  /** The places where it works, and those where it does not. */
  works: readonly Read[];
  fails: readonly Read[];
}

/**
 * `leastwise doctor`: tries the first page of every read with the credentials at hand, writes nothing, and says what is
 * missing, what it decides, and which rights are enough.
 */
export async function doctor(options: DoctorOptions): Promise<void> {
  if (options.reads === true) {
    const sources = policySources({ policies: options.policies ?? ["builtin"] }, null);
    process.stdout.write(readsPage(loadInForce(sources, null, options).policies));
    return;
  }
  await withEstate(options, async (configuration, collectedAt) => {
    const { policies } = loadInForce(policySources(options, configuration), configuration, options);
    const progress = collectProgress(options.quiet === true);
    let content: SnapshotContent;
    let excesses: Excess[];
    const limits = { request: options.requestTimeout * 1000, wait: options.maxWait * 1000, pages: 1, probe: true };
    try {
      content = await collect(configuration, {
        collectedAt,
        environment: process.env,
        limits,
        progress,
        waivers: null,
      });
      excesses = await excessesOf(configuration, content, limits);
    } finally {
      progress.stop();
    }
    const width = Math.min(process.stdout.columns ?? 100, 120);
    const paint = new Chalk(useColor(options, process.stdout) ? {} : { level: 0 });
    const tried = triedReads(content.reads, policies, content.manifest.systems);
    const open = tried.filter(({ fails, policies: held }) => fails.length > 0 && held.length > 0);
    const page = new Page(width, paint);
    page.table(tried, options.verbose === true);
    page.missing(tried.filter(({ fails }) => fails.length > 0));
    page.rights(policies, content);
    page.excess(excesses);
    page.end(policies, open);
    process.stdout.write(page.text());
    process.exitCode = open.length === 0 ? ExitStatus.clean : ExitStatus.unknown;
  });
}

/** The reads that were tried, in the order of the catalogue. */
function triedReads(
  reads: readonly Read[],
  policies: readonly Policy[],
  systems: SnapshotContent["manifest"]["systems"],
): Tried[] {
  return decidedBy(policies)
    .filter(({ read }) => isConfigured(read, systems))
    .map(({ read, policies: decided }) => {
      const own = reads.filter((each) => isOf(each, read));
      return { read, policies: decided, works: own.filter(works), fails: own.filter((each) => !works(each)) };
    });
}

function isConfigured({ service }: ReadDefinition, systems: SnapshotContent["manifest"]["systems"]): boolean {
  if (service === "Prefect") return systems.prefect.length > 0;
  return service === "Repository" ? systems.source : systems.azure;
}

function isOf(line: Read, read: ReadDefinition): boolean {
  const name = readName({ kind: line.kind, ...(line.fields.length > 0 && { fields: line.fields }) });
  if (name !== readName(read) || (line.endpoint !== read.endpoint && !sameEndpoint(line, read))) return false;
  // Some lists are read of subscriptions and of management groups alike.
  if (read.per === "azure.managementGroup") return isManagementGroup(line.scope);
  return read.per !== "azure.subscription" || !isManagementGroup(line.scope);
}

function sameEndpoint({ endpoint, scope }: Read, read: ReadDefinition): boolean {
  return read.endpoint.replace("{scope}", scope) === endpoint;
}

/** Whether a read may be made; what the tenant has no licence for is no fault of the reader. */
function works({ outcome }: Read): boolean {
  return outcome === "complete" || outcome === "notLicensed";
}

/** What the reader may do beyond reading, and where. */
interface Excess {
  where: string;
  what: readonly string[];
}

async function excessesOf(
  configuration: Configuration,
  content: SnapshotContent,
  limits: { request: number; wait: number },
): Promise<Excess[]> {
  if (configuration.azure === null) return [];
  const azure = await azureServices(configuration.azure, { request: limits.request, token: limits.request * 3 });
  const ledger = new Ledger({ ...defaultLimits, ...limits, pages: 3 }, { begun() {}, ended() {}, waiting() {} });
  const subscriptions = content.rows.get("azure.subscription") ?? [];
  const found = await Promise.all(
    subscriptions.map(async ({ id }): Promise<Excess> => {
      const held = await readOwnRights({ ledger, azure }, id);
      return { where: id, what: held === null ? ["its own rights could not be read there"] : excess(held) };
    }),
  );
  const graph = { where: "Microsoft Graph", what: graphExcess(await azure.graphPermissions()) };
  return [...found, graph].filter(({ what }) => what.length > 0);
}

/** The lines of the answer. */
class Page {
  readonly #lines: string[] = [];
  readonly #width: number;
  readonly #paint: ChalkInstance;

  constructor(width: number, paint: ChalkInstance) {
    this.#width = width;
    this.#paint = paint;
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }

  #title(text: string): void {
    if (this.#lines.length > 0) this.#lines.push("");
    this.#lines.push(this.#paint.bold(text));
  }

  #say(text: string, indent = 2): void {
    const room = " ".repeat(indent);
    for (const line of wrap(prose(text), this.#width - indent)) this.#lines.push(room + line);
  }

  /** Without indentation, so that it can be pasted. */
  #code(text: string): void {
    for (const line of text.split("\n")) this.#lines.push(visible(line));
  }

  table(tried: readonly Tried[], verbose: boolean): void {
    this.#title("Reads, as these credentials are allowed to make them");
    const shown = tried.filter(({ read }) => verbose || !isCount({ fields: [...(read.fields ?? [])] }));
    const names = Math.min(Math.max(...shown.map(({ read }) => shownRead(read).length), 4), this.#width - 34);
    this.#lines.push(`  ${padEnd("read", names)}  ${padStart("works in", 10)}  ${padStart("decides", 12)}`);
    for (const { read, works, fails, policies } of shown) {
      const all = works.length + fails.length;
      const count = all === 0 ? "not asked" : `${works.length} of ${all}`;
      const decides =
        policies.length === 0 ? "-" : `${policies.length} ${policies.length === 1 ? "policy" : "policies"}`;
      const [first = "", ...rest] = wrap(shownRead(read), names);
      const mark = fails.length === 0 ? this.#paint.green : policies.length > 0 ? this.#paint.red : this.#paint.yellow;
      this.#lines.push(`  ${padEnd(first, names)}  ${mark(padStart(count, 10))}  ${padStart(decides, 12)}`);
      for (const line of rest) this.#lines.push(`  ${line}`);
    }
    if (shown.some(({ works, fails }) => works.length + fails.length === 0)) {
      this.#say("Not asked: nothing was found that it could be asked of.");
    }
  }

  missing(tried: readonly Tried[]): void {
    if (tried.length === 0) return;
    this.#title("What does not work");
    for (const { read, fails, policies } of tried) {
      this.#say(this.#paint.bold(shownRead(read)));
      for (const [cause, lines] of Map.groupBy(fails, (each) => each.cause ?? each.outcome)) {
        const scopes = lines.map(({ scope }) => scope);
        const more = scopes.length > 3 ? ` and ${scopes.length - 3} more` : "";
        this.#say(`${cause}: ${scopes.slice(0, 3).join(", ")}${more}`, 4);
      }
      if (fails.some(({ outcome, permission }) => outcome === "refused" && permission !== null))
        this.#say(`needs ${rightText(read.right)}`, 4);
      this.#say(
        policies.length === 0 ? "no policy in force needs it" : `undecided without it: ${policies.join(", ")}`,
        4,
      );
    }
  }

  rights(policies: readonly Policy[], content: SnapshotContent): void {
    const { systems } = content.manifest;
    const reads = neededReads(policies);
    this.#title(`The smallest rights for the ${policies.length} policies in force`);
    if (systems.azure) {
      this.#azureRights(reads, content);
      this.#opensContent(policies);
    }
    if (systems.prefect.length > 0) {
      for (const { permission } of rightsOf(reads, "prefect")) this.#say(`Prefect: ${permission}`);
    }
  }

  /** Reading an access control list takes the right to read the files too: Azure has none for the list alone. */
  #opensContent(policies: readonly Policy[]): void {
    const opening = decidedBy(policies).filter(({ read }) => read.right.permission.endsWith("/blobs/read"));
    const undecided = [...new Set(opening.flatMap((each) => each.policies))];
    if (undecided.length === 0) return;
    this.#say(
      "Its data action …/blobs/read opens the files themselves too: Azure knows no narrower right for the access control " +
        "lists of file systems, and leastwise reads only those. To do without, take the data action out of the role; then " +
        `these policies are undecided for file systems: ${undecided.join(", ")}.`,
    );
  }

  #azureRights(reads: readonly ReadDefinition[], content: SnapshotContent): void {
    this.#code(`reader=${shellWord(content.manifest.reader.id ?? "00000000-0000-0000-0000-000000000000")}`);
    if (content.manifest.reader.id === null) this.#say("Put the object id of the reader's service principal there.");
    const ids = (kind: string): string[] => (content.rows.get(kind) ?? []).map(({ id }) => id);
    const subscriptions = ids("azure.subscription");
    const scopes = subscriptions.length > 0 ? subscriptions : ["/subscriptions/<subscription id>"];
    const role = smallestRole(reads, scopes);
    const above = (action: string): boolean => action.startsWith("Microsoft.Management/managementGroups/");
    this.#say("Azure: one role for every subscription; Reader holds all of its actions, and more.");
    this.#code("cat > leastwise-reader.json <<'EOF'");
    this.#code(JSON.stringify({ ...role, Actions: role.Actions.filter((each) => !above(each)) }, null, 2));
    this.#code("EOF");
    this.#code("az role definition create --role-definition @leastwise-reader.json");
    const assign = `az role assignment create --assignee-object-id "$reader" --assignee-principal-type ServicePrincipal`;
    for (const scope of scopes) this.#code(`${assign} --role "leastwise reader" --scope ${scope}`);
    if (role.Actions.some(above)) {
      this.#say("Which management groups lie above a subscription is seen from the root group:");
      const tenant = (content.rows.get("azure.subscription") ?? []).find(
        ({ tenantId }) => typeof tenantId === "string",
      );
      const root = `/providers/Microsoft.Management/managementGroups/${String(tenant?.tenantId ?? "<tenant id>")}`;
      this.#code(`${assign} --role "Management Group Reader" --scope ${root}`);
    }
    const alone = reads.some(({ kind, per }) => kind === "azure.roleAssignment" && per === "azure.managementGroup")
      ? content.reads.filter(({ kind, scope }) => kind === "azure.roleAssignment" && isManagementGroup(scope))
      : [];
    if (alone.length > 0) {
      this.#say("What is granted on management groups without a subscription that is seen, only they tell:");
      for (const scope of new Set(alone.map((each) => each.scope)))
        this.#code(`${assign} --role Reader --scope ${scope}`);
    }
    const graph = rightsOf(reads, "graph").map(({ permission }) => permission);
    if (graph.length > 0) {
      this.#say(`Microsoft Graph, application permissions: ${graph.join(", ")}`);
      this.#code(`graph=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query id --output tsv)`);
      this.#code(`for permission in ${graph.join(" ")}; do`);
      this.#code(
        `  role=$(az ad sp show --id 00000003-0000-0000-c000-000000000000 --query "appRoles[?value=='$permission'].id | [0]" --output tsv)`,
      );
      this.#code(
        `  az rest --method POST --uri "https://graph.microsoft.com/v1.0/servicePrincipals/$reader/appRoleAssignments" \\`,
      );
      this.#code(
        `    --body "{\\"principalId\\": \\"$reader\\", \\"resourceId\\": \\"$graph\\", \\"appRoleId\\": \\"$role\\"}"`,
      );
      this.#code("done");
    }
    const roles = [...new Set(rightsOf(reads, "synapse").flatMap(({ role: held }) => held ?? []))];
    if (roles.length > 0) {
      this.#say(`Synapse, in each workspace: ${roles.join(", ")}. Azure roles do not grant it.`);
      const names = (content.rows.get("synapse.workspace") ?? []).map((each) => String(each.name ?? ""));
      for (const name of names.length > 0 ? names : ["<workspace>"]) {
        for (const held of roles) {
          this.#code(
            `az synapse role assignment create --workspace-name ${name.startsWith("<") ? name : shellWord(name)} --role "${held}" --assignee-object-id "$reader"`,
          );
        }
      }
    }
  }

  excess(excesses: readonly Excess[]): void {
    if (excesses.length === 0) return;
    this.#title("The reader holds more than it needs");
    for (const { where, what } of excesses) this.#say(`${where}: ${what.join(", ")}`);
    this.#say(
      "leastwise only reads. Whoever gets hold of its credentials can do all of the above: give it its own identity.",
    );
  }

  end(policies: readonly Policy[], open: readonly Tried[]): void {
    const undecided = new Set(open.flatMap(({ policies: held }) => held));
    const decided = policies.length - undecided.size;
    this.#lines.push("");
    if (undecided.size === 0) {
      this.#lines.push(this.#paint.green(`Every read that the ${policies.length} policies in force need works.`));
      this.#say("Next: leastwise scan", 0);
    } else {
      this.#say(
        `${decided} of ${policies.length} policies can be decided everywhere; ${undecided.size} cannot yet.`,
        0,
      );
      this.#say("A scan can begin today: what is not read is told, and nothing passes for it. Next: leastwise scan", 0);
    }
  }
}

/** What a read is made once for, where it is no row of a kind. */
const shownPer: Readonly<Record<string, string>> = {
  tenant: "the tenant",
  server: "each Prefect server",
  repository: "the repository",
};

/** Every read as a page in Markdown, docs/reads.md. */
function readsPage(policies: readonly Policy[]): string {
  const code = (text: string): string => `\`${text}\``;
  const rows = decidedBy(policies).map(({ read, policies: decided }) => [
    code(readName(read)),
    shownPer[read.per] ?? `each ${code(read.per)}`,
    `${read.service}: ${code(read.endpoint)}${read.apiVersion === null ? "" : `, ${read.apiVersion}`}`,
    rightText(read.right),
    read.service === "Repository"
      ? "no request"
      : read.pageSize === null
        ? "1 request"
        : `1 request for ${read.pageSize} items`,
    decided.length === 0 ? "none so far" : decided.map(code).join("<br>"),
  ]);
  return `# Reads

Every read that leastwise makes: what it brings, how often it is made and at which endpoint, which right it needs, what it
costs, and which of the built-in policies are undecided without it. \`leastwise doctor\` tries them with your credentials.
This page is what \`leastwise doctor --reads\` prints.

A read that brings a field to rows of another read is named after the field; \`count\` is a second count, against which a
list is held. \`{scope}\` stands for the id of what a read is made for, \`{id}\` for one of many objects that are read
twenty a request.

| read | once for | endpoint | right | cost | policies it decides |
|---|---|---|---|---|---|
${rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}
`;
}
