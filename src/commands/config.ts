import { stringify } from "yaml";
import { configurationName } from "../config/config.ts";
import { type InputOptions, loadConfiguration, policySources, readWaivers } from "./inputs.ts";

/** `leastwise config`: the configuration in force, and where each value came from. */
export function showConfiguration(options: InputOptions): void {
  const configuration = loadConfiguration(options);
  const { written } = configuration;
  const from = (part: boolean): string => (part ? configuration.file : "default");
  const waivers = readWaivers(configuration);
  const show = (title: string, source: string, value: unknown): void => {
    process.stdout.write(`# ${title}: ${source}\n${stringify(value)}\n`);
  };
  show("file", options.config === undefined ? `${configurationName}, looked for upwards` : "--config", {
    file: configuration.file,
  });
  show("azure", from(written.azure !== undefined), { azure: configuration.azure ?? "not configured, not read" });
  show("prefect", from(written.prefect !== undefined), {
    prefect: configuration.prefect.map((each) => ({
      ...each,
      ...(each.auth !== undefined && {
        auth: `${each.auth} (environment variable, ${process.env[each.auth] === undefined ? "not set" : "set"})`,
      }),
    })),
  });
  show("environments", from(written.environments !== undefined), { environments: written.environments ?? {} });
  show("shared", from(written.shared !== undefined), { shared: written.shared ?? [] });
  show("owners", from(written.owners !== undefined), { owners: written.owners ?? {} });
  show("expect", from(written.expect !== undefined), { expect: configuration.expect });
  show("policies", options.policies === undefined ? from(written.policies !== undefined) : "--policies", {
    policies: { ...configuration.policies, ...(options.policies && { include: options.policies }) },
    files: policySources(options, configuration).length,
  });
  show("waivers", from(written.waivers !== undefined), {
    waivers: configuration.waivers,
    entries: waivers === null ? 0 : waivers.waivers.places.size,
  });
}
